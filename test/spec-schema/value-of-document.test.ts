import { expect, test } from 'vitest';
import { parse, shown, withSteps } from './parsing.ts';

test('keys of an object prototype are unknown keys', () => {
  expect(
    shown(
      parse(withSteps('action: empty-workspace\n__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}')),
    ),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:5:5: error: unknown key \`__proto__\`
      5 |     __proto__: {polluted: 1}
        |     ^^^^^^^^^
    build.yaml:6:5: error: unknown step parameter \`constructor\`
      6 |     constructor: {prototype: {polluted: 1}}
        |     ^^^^^^^^^^^ \`empty-workspace\` takes no parameters
    "
  `);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

test('aliases of nothing, and merges of what is no mapping', () => {
  expect(
    shown(parse(withSteps('action: git\nurl: *nowhere', '&a\naction: git\nurl: *a', '<<: [1, {action: git}]\nurl: x'))),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:5:10: error: no anchor \`&nowhere\` ends before this alias
      5 |     url: *nowhere
        |          ^^^^^^^^
    build.yaml:8:10: error: no anchor \`&a\` ends before this alias
      8 |     url: *a
        |          ^^
    build.yaml:9:9: error: \`<<\` takes a mapping, or a list of mappings, to merge into this one
      9 |   - <<: [1, {action: git}]
        |         ^^^^^^^^^^^^^^^^^^
    "
  `);
});

test('a key that is given twice', () => {
  expect(shown(parse(withSteps('action: git\nurl: a\nurl: b')))).toMatchInlineSnapshot(`
    "
    build.yaml:6:5: error: the key \`url\` is already given in line 5
      6 |     url: b
        |     ^^^
    "
  `);
});

test('control characters and halves of surrogate pairs', () => {
  expect(
    shown(
      parse(withSteps('action: shell\nshell: "a\\0b"', 'action: git\nurl: "\\e[31mred"\nname: "\\ud800"\n"k\\x07": 1')),
    ),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:4:13: error: no step before this one makes the container \`default\`
      4 |   - action: shell
        |             ^^^^^
    build.yaml:5:12: error: the text contains the control character U+0000
      5 |     shell: "a\\0b"
        |            ^^^^^^
    build.yaml:7:10: error: the text contains the control character U+001B
      7 |     url: "\\e[31mred"
        |          ^^^^^^^^^^^
    build.yaml:8:11: error: the text contains the control character U+D800
      8 |     name: "\\ud800"
        |           ^^^^^^^^
    build.yaml:9:5: error: the text contains the control character U+0007
      9 |     "k\\x07": 1
        |     ^^^^^^^
    "
  `);
});

test('numbers that JSON has not', () => {
  expect(shown(parse(withSteps('action: empty-workspace\ntimeout: .inf\nretries: .nan')))).toMatchInlineSnapshot(`
    "
    build.yaml:5:14: error: infinity and not-a-number are no values here
      5 |     timeout: .inf
        |              ^^^^
    build.yaml:6:14: error: infinity and not-a-number are no values here
      6 |     retries: .nan
        |              ^^^^
    "
  `);
});

test('a mistake that aliases bring to several places is one', () => {
  expect(shown(parse(`x-s: &s {action: git, ulr: x}\n${withSteps('*s', '*s')}`))).toMatchInlineSnapshot(`
    "
    build.yaml:1:23: error: unknown step parameter \`ulr\`
      1 | x-s: &s {action: git, ulr: x}
        |                       ^^^ did you mean \`url\`?
    "
  `);
});

test('a merge key in quotes is a key like any other', () => {
  expect(shown(parse(withSteps('"<<": {url: x}\naction: git\nurl: y')))).toMatchInlineSnapshot(`
    "
    build.yaml:4:5: error: unknown step parameter \`<<\`
      4 |   - "<<": {url: x}
        |     ^^^^ \`git\` takes \`url\`, \`ref\`, \`directory\`, \`depth\`, \`submodules\`
    "
  `);
});

test('a key can be anchored', () => {
  expect(parse(withSteps('action: git\n&k url: *k')).type).toBe('parsed');
  expect(parse(`x-a: {&k key: 1}\n${withSteps('action: git\nurl: *k')}`).type).toBe('parsed');
});
