import { expect, test } from 'vitest';
import { parse, problemsOf, shown, withSteps } from './parsing.ts';

test('text that is not YAML', () => {
  expect(shown(parse('projects: [\n'))).toMatchInlineSnapshot(`
    "
    build.yaml:1:12: error: not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]
      1 | projects: [
        |            ^
    "
  `);
  expect(shown(parse('projects:\n- project: p\n\tactions: []\n'))).toMatchInlineSnapshot(`
    "
    build.yaml:3:1: error: a tab is no indentation in YAML; use spaces
      3 |         actions: []
        | ^^^^^^^^
    "
  `);
  expect(shown(parse('projects:\n- project: a: b\n- project: "c\n'))).toMatchInlineSnapshot(`
    "
    build.yaml:2:12: error: a mapping cannot begin in the middle of a line; put a text that contains \`: \` in quotes
      2 | - project: a: b
        |            ^
    build.yaml:3:14: error: a text in quotes is never closed
      3 | - project: "c
        |              ^
    "
  `);
  expect(shown(parse('a: "\\q"\nb: @x\n? [c]\n: d\n'))).toMatchInlineSnapshot(`
    "
    build.yaml:1:5: error: \`\\q\` is no escape sequence of a text in double quotes; write \`\\\\\` for a backslash
      1 | a: "\\q"
        |     ^
    build.yaml:2:4: error: a text cannot begin with \`@\` unless it is in quotes
      2 | b: @x
        |    ^
    build.yaml:3:3: error: a key must be a plain text, not an alias, a list or a mapping
      3 | ? [c]
        |   ^
    "
  `);
});

test('two documents in one text', () => {
  expect(shown(parse(`${withSteps('action: empty-workspace')}---\nprojects: []\n`))).toMatchInlineSnapshot(`
    "
    build.yaml:5:1: error: a second document begins here; a specification is one document
      5 | ---
        | ^^^
    "
  `);
});

test('tags and directives', () => {
  expect(
    shown(
      parse(
        `%FOO bar\n---\n${withSteps('action: git\nurl: !!js/function x', '!step\naction: empty-workspace', 'action: git\nurl: x\ndepth: !!binary aGk=')}`,
      ),
    ),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:1:1: error: the directive \`%FOO bar\` is not known
      1 | %FOO bar
        | ^^^^^^^^
    build.yaml:7:10: error: the tag \`!!js/function\` means nothing here; leave it out
      7 |     url: !!js/function x
        |          ^^^^^^^^^^^^^
    build.yaml:8:5: error: the tag \`!step\` means nothing here; leave it out
      8 |   - !step
        |     ^^^^^
    build.yaml:12:12: error: the tag \`!!binary\` means nothing here; leave it out
      12 |     depth: !!binary aGk=
         |            ^^^^^^^^
    "
  `);
});

test('what is too much is shown where the bound was reached', () => {
  const [problem] = problemsOf(parse(`x-a: b\nx-c: ${'['.repeat(1000)}`));
  expect(problem).toMatchObject({ code: 'NESTING_TOO_DEEP', line: 2, column: 132 });
});
