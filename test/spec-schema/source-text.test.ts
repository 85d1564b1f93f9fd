import { expect, test } from 'vitest';
import { SourceText } from '../../spec-schema/source-text.ts';

/** The frame of `part` in `text`, with a line break before, so that it lines up in a snapshot. */
function frameOf(text: string, part: string): string {
  const start = text.indexOf(part);
  return `\n${new SourceText(text).frame({ start, end: start + part.length })}\n`;
}

test('positions are counted from one, in characters', () => {
  const text = 'ab\r\n\n𝒳é\tz';
  const at = (part: string): unknown => new SourceText(text).positionAt(text.indexOf(part));
  expect(at('a')).toEqual({ line: 1, column: 1 });
  expect(at('b')).toEqual({ line: 1, column: 2 });
  expect(at('𝒳')).toEqual({ line: 3, column: 1 });
  expect(at('z')).toEqual({ line: 3, column: 4 });
  expect(new SourceText(text).positionAt(text.length)).toEqual({ line: 3, column: 5 });
});

test('a byte order mark has no column', () => {
  expect(new SourceText('\uFEFFab').positionAt(1)).toEqual({ line: 1, column: 1 });
  expect(new SourceText('\uFEFFab').positionAt(0)).toEqual({ line: 1, column: 1 });
});

test('a frame shows the line and carets under the part', () => {
  expect(frameOf('a: 1\n  sute: x\n', 'sute')).toMatchInlineSnapshot(`
    "
      2 |   sute: x
        |   ^^^^
    "
  `);
});

test('a part of several lines is marked to the end of its first', () => {
  expect(frameOf('a: [1,\n2]\n', '[1,\n2]')).toMatchInlineSnapshot(`
    "
      1 | a: [1,
        |    ^^^
    "
  `);
});

test('the numbers of long texts move the line, not the carets', () => {
  expect(frameOf(`${'\n'.repeat(99)}key: x`, 'key')).toMatchInlineSnapshot(`
    "
      100 | key: x
          | ^^^
    "
  `);
});

test('tabs are shown as spaces up to the next stop', () => {
  expect(frameOf('ab\tc\tbad x', 'bad')).toMatchInlineSnapshot(`
    "
      1 | ab      c       bad x
        |                 ^^^
    "
  `);
});

test('carets are as wide as what they mark', () => {
  expect(frameOf('名前: 値段 x', '値段')).toMatchInlineSnapshot(`
    "
      1 | 名前: 値段 x
        |       ^^^^
    "
  `);
  expect(frameOf('e\u0301: 🚀 x', '🚀')).toMatchInlineSnapshot(`
    "
      1 | é: 🚀 x
        |    ^^
    "
  `);
});

test('what could steer a terminal is shown as a picture', () => {
  expect(frameOf('a\x1b[2J\x7f\x9b\u202e: bad\r\n', 'bad')).toMatchInlineSnapshot(`
    "
      1 | a␛[2J␡��: bad
        |           ^^^
    "
  `);
});

test('of a long line the part around the carets is shown', () => {
  const long = 'x'.repeat(500);
  expect(frameOf(`${long}bad${long}`, 'bad')).toMatchInlineSnapshot(`
    "
      1 | …xxxxxxxxxxxxxxxxxxxxxxxxxbadxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
        |                           ^^^
    "
  `);
  expect(frameOf(`bad${long}`, 'bad')).toMatchInlineSnapshot(`
    "
      1 | badxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
        | ^^^
    "
  `);
  expect(frameOf(`${long}bad`, 'bad')).toMatchInlineSnapshot(`
    "
      1 | …xxxxxxxxxxxxxxxxxxxxxxxxxbad
        |                           ^^^
    "
  `);
  expect(frameOf(`a: ${long}`, long)).toMatchInlineSnapshot(`
    "
      1 | a: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
        |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "
  `);
});

test('the end of the text can be marked', () => {
  expect(`\n${new SourceText('ab').frame({ start: 2, end: 3 })}\n`).toMatchInlineSnapshot(`
    "
      1 | ab
        |   ^
    "
  `);
  expect(`\n${new SourceText('').frame({ start: 0, end: 0 })}\n`).toMatchInlineSnapshot(`
    "
      1 |
        | ^
    "
  `);
});
