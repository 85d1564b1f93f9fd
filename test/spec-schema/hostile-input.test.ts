import { expect, test } from 'vitest';
import { formatProblems } from '../../spec-schema/problem.ts';
import { parse, parseObject, problemsOf, specOf, withSteps } from './parsing.ts';

/**
 * Texts that are made to cost memory or time. That each is refused by a count,
 * before the work, is what bounds it: so the tests look at which bound refused
 * it, and not at a clock.
 */
const codesOf = (text: string): string[] => [...new Set(problemsOf(parse(text)).map(({ code }) => code))];
const mebibyte = 1024 * 1024;
const minimal = withSteps('action: empty-workspace');

/** `levels` lists, each of ten aliases of the one before. */
function aliasBomb(levels: number): string {
  const lines = ['x-a0: &a0 [boom]'];
  for (let i = 1; i <= levels; i++) {
    lines.push(`x-a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`);
  }
  return `${lines.join('\n')}\n${minimal}`;
}

test('the largest text that is read has a mebibyte', () => {
  const padded = (size: number): string => `${minimal}#${'x'.repeat(size - minimal.length - 1)}`;
  expect(codesOf(padded(mebibyte))).toEqual([]);
  expect(codesOf(padded(mebibyte + 1))).toEqual(['DOCUMENT_TOO_LARGE']);
  expect(codesOf(padded(100 * mebibyte))).toEqual(['DOCUMENT_TOO_LARGE']);
});

test('a mebibyte is counted in bytes, not in characters', () => {
  expect(codesOf(`${minimal}# ${'é'.repeat(mebibyte / 2)}`)).toEqual(['DOCUMENT_TOO_LARGE']);
});

test('an alias bomb is refused by what it would expand to', () => {
  expect(codesOf(aliasBomb(4))).toEqual([]);
  expect(codesOf(aliasBomb(6))).toEqual(['TOO_MANY_NODES']);
  expect(codesOf(aliasBomb(30))).toEqual(['TOO_MANY_NODES']);
});

test('a bomb of merge keys is refused likewise', () => {
  const keys = Array.from({ length: 1000 }, (_, i) => `k${i}: 1`).join(', ');
  const merges = Array.from({ length: 1000 }, (_, i) => `x-m${i + 1}: &m${i + 1} {<<: *m${i}, own${i}: 1}`).join('\n');
  expect(codesOf(`x-m0: &m0 {${keys}}\n${merges}\n${minimal}`)).toEqual(['TOO_MANY_NODES']);
});

test('an alias of what it stands in is no endless value', () => {
  expect(codesOf(`x-a: &a [*a]\n${minimal}`)).toEqual(['ALIAS_UNKNOWN']);
  expect(codesOf(`x-a: &a {<<: *a}\n${minimal}`)).toContain('ALIAS_UNKNOWN');
});

test.each([
  ['lists in one line', '['],
  ['mappings in one line', '{'],
  ['keys in one line', '{a: '],
  ['items', '- '],
  ['explicit keys', '? '],
])('nesting of %s is refused long before it is composed', (_, opening) => {
  expect(codesOf(opening.repeat(mebibyte / opening.length))).toEqual(['NESTING_TOO_DEEP']);
});

test('nesting by indentation is refused likewise', () => {
  expect(codesOf(Array.from({ length: 1400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'))).toEqual([
    'NESTING_TOO_DEEP',
  ]);
});

test('a reasonable depth is read', () => {
  expect(codesOf(`x-deep: ${'['.repeat(50)}${']'.repeat(50)}\n${minimal}`)).toEqual([]);
});

test.each([
  ['empty lists', `x-a: [${'[],'.repeat(mebibyte / 4)}]`],
  ['short lines', 'a:\n'.repeat(mebibyte / 4)],
  ['closing brackets', ']'.repeat(mebibyte)],
  ['tags', '!a '.repeat(mebibyte / 4)],
  ['anchors', '&a '.repeat(mebibyte / 4)],
  ['comments', '#\n'.repeat(mebibyte / 2)],
  ['documents', '---\n'.repeat(mebibyte / 4)],
  ['directives', '%x\n'.repeat(mebibyte / 4)],
])('a mebibyte of %s is refused by the number of its parts', (_, text) => {
  expect(codesOf(text)).toEqual(['TOO_MANY_NODES']);
});

test('a text of nothing but mistakes gives a thousand of them', () => {
  const problems = problemsOf(parse(`a: "${'\\q'.repeat(mebibyte / 4)}"`));
  expect(problems).toHaveLength(1001);
  expect(formatProblems(problems).length).toBeLessThan(1000 * 500);
});

test('thousands of projects and names that do not fit are compared a bounded number of times', () => {
  const projects = Array.from(
    { length: 3000 },
    (_, i) => `- {project: project-${i}, actions: [{action: empty-workspace}]}`,
  );
  const wanted = Array.from({ length: 1500 }, (_, i) => `projekt-${i}`).join(', ');
  expect(
    problemsOf(
      parse(
        `projects:\n${projects.join('\n')}\n- {project: p, actions: [{action: empty-workspace}], depends-on: [${wanted}]}`,
      ),
    ),
  ).toHaveLength(1001);
});

test('tens of thousands of unknown keys in one mapping are each looked at once', () => {
  const keys = Array.from({ length: 50_000 }, (_, i) => `k${i}: `).join('\n');
  expect(problemsOf(parse(keys))).toHaveLength(1001);
});

test('a chain of thousands of projects is ordered without exhausting the stack', () => {
  const links = Array.from(
    { length: 6000 },
    (_, i) => `- {project: p${i}, depends-on: [p${(i + 1) % 6000}], actions: [{action: empty-workspace}]}`,
  );
  const [problem, ...others] = problemsOf(parse(`projects:\n${links.join('\n')}\n`));
  expect(others).toEqual([]);
  expect(problem?.message).toMatch(/^projects wait for each other, p0 → p1 → .* → … 5982 more … → .* → p5999 → p0: /);
  expect(problem?.message.length).toBeLessThan(2000);
});

test('no key reaches a prototype, by whatever way it comes', () => {
  const before = Reflect.ownKeys(Object.prototype).length;
  for (const text of [
    'x-a: {__proto__: {polluted: 1}}',
    'x-a: {"__proto__": {polluted: 1}}',
    'x-a: {"\\x5f_proto__": {polluted: 1}}',
    'x-b: &b {__proto__: {polluted: 1}}\nx-a: {<<: *b}',
    'x-k: &k __proto__\nx-a: {? *k : 1}',
  ]) {
    expect(codesOf(`${text}\n${minimal}`)).not.toEqual([]);
  }
  expect(codesOf(`x-a: {constructor: {prototype: {polluted: 1}}, toString: 1}\n${minimal}`)).toEqual([]);
  expect(Reflect.ownKeys(Object.prototype)).toHaveLength(before);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('a key of an object is no more special in an object than in a text', () => {
  const spec = JSON.parse(
    '{"projects":[{"project":"p","actions":[{"action":"empty-workspace"}],"__proto__":{}}]}',
  ) as unknown;
  expect(problemsOf(parseObject(spec)).map(({ message }) => message)).toEqual(['unknown key `__proto__`']);
});

test('an object that is a bomb is refused by its size as text', () => {
  let bomb: unknown = 'boom';
  for (let i = 0; i < 40; i++) bomb = [bomb, bomb];
  expect(problemsOf(parseObject({ 'x-a': bomb })).map(({ code }) => code)).toEqual(['TOO_MANY_NODES']);
  const long = 'x'.repeat(mebibyte);
  expect(problemsOf(parseObject({ 'x-a': long })).map(({ code }) => code)).toEqual(['DOCUMENT_TOO_LARGE']);
});

test('what an object throws when it is read is a problem', () => {
  const spec = {
    get projects(): never {
      throw new Error('not\x1b[2J today');
    },
  };
  expect(problemsOf(parseObject(spec)).map(({ message }) => message)).toEqual([
    'the specification is no plain JSON: not␛[2J today',
  ]);
});

test('an environment may name what an object has by nature', () => {
  const text = withSteps(
    'action: create-systree\nartifact-name: debian',
    'action: shell\nshell: "true"\nenvironment: {constructor: a, hasOwnProperty: b}',
  );
  expect(specOf(parse(text, ['debian'])).projects[0]?.steps[1]?.parameters['environment']).toEqual({
    constructor: 'a',
    hasOwnProperty: 'b',
  });
});
