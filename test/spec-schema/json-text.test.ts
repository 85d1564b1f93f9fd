import { expect, test } from 'vitest';
import { parseObject, shown } from './parsing.ts';

test('an object that is no JSON', () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  expect(shown(parseObject(cyclic))).toMatchInlineSnapshot(`
    "
    specification object:1:1: error: the specification is no plain JSON: Converting circular structure to JSON
      1 |
        | ^
    "
  `);
  expect(shown(parseObject({ projects: [{ project: () => 'p' }] }))).toMatchInlineSnapshot(`
    "
    specification object:1:1: error: the specification is no plain JSON: the value of \`project\` is a function
      1 |
        | ^
    "
  `);
  expect(shown(parseObject({ projects: Symbol('s') }))).toContain('the value of `projects` is a symbol');
  expect(shown(parseObject({ projects: 10n }))).toMatchInlineSnapshot(`
    "
    specification object:1:1: error: the specification is no plain JSON: Do not know how to serialize a BigInt
      1 |
        | ^
    "
  `);
  expect(shown(parseObject({ projects: Number.NaN }))).toMatchInlineSnapshot(`
    "
    specification object:1:1: error: the specification is no plain JSON: the value of \`projects\` is NaN
      1 |
        | ^
    "
  `);
  expect(shown(parseObject(undefined))).toMatchInlineSnapshot(`
    "
    specification object:1:1: error: the specification is empty
      1 |
        | ^ begin it with \`projects:\`
    "
  `);
});

test('a problem of an object shows in its JSON', () => {
  expect(shown(parseObject({ projects: [{ project: 'p', actions: [{ action: 'debootstrap', sute: 'sid' }] }] })))
    .toMatchInlineSnapshot(`
    "
    specification object:8:11: error: unknown step parameter \`sute\`
      8 |           "sute": "sid"
        |           ^^^^^^ did you mean \`suite\`?
    "
  `);
});
