import { expect, test } from 'vitest';
import {
  lineSchema,
  LINE_PATTERN,
  MULTI_LINE_PATTERN,
  multiLineSchema,
  NAME_PATTERN,
  nameSchema,
  RELATIVE_PATH_PATTERN,
  relativePathSchema,
} from '../../spec-schema/names.ts';

const matches = (pattern: string, text: string): boolean => new RegExp(pattern, 'u').test(text);

test.each(['a', 'Z', '0', 'unstable-systree', 'gcc-13+x_1.2', 'a..b', 'x'.repeat(100)])('%j is a name', (name) => {
  expect(matches(NAME_PATTERN, name)).toBe(true);
});

test.each([
  '',
  '.',
  '..',
  '.git',
  '../x',
  '/x',
  'a/b',
  'a\\b',
  '-x',
  '--help',
  '_x',
  'a b',
  'a\n',
  'a\0',
  'a\x1b[0m',
  'é',
  'a\u202e',
  'x'.repeat(101),
])('%j is no name', (name) => {
  expect(matches(NAME_PATTERN, name)).toBe(false);
});

test.each(['.', 'a', 'a/b', './a', 'a b', '..a', 'a..', 'a/..b/c', 'é', '.git', 'a//b'])(
  '%j is a relative path',
  (path) => {
    expect(matches(RELATIVE_PATH_PATTERN, path)).toBe(true);
  },
);

test.each([
  '',
  '/',
  '/a',
  '..',
  '../a',
  'a/..',
  'a/../b',
  'a/../../b',
  '-a',
  '--',
  'a\n',
  'a\0',
  'a\x7f',
  '\u202ea',
  'x'.repeat(1001),
])('%j is no relative path', (path) => {
  expect(matches(RELATIVE_PATH_PATTERN, path)).toBe(false);
});

test('a line has no control characters, a text may have line breaks and tabs', () => {
  for (const [text, isLine, isText] of [
    ['', true, true],
    ['a b – é 🚀', true, true],
    ['a\nb', false, true],
    ['a\tb', false, true],
    ['a\rb', false, false],
    ['a\x1bb', false, false],
    ['a\x85b', false, false],
    ['a\ud800b', false, false],
  ] as const) {
    expect([text, matches(LINE_PATTERN, text), matches(MULTI_LINE_PATTERN, text)]).toEqual([text, isLine, isText]);
  }
});

test('a path of a megabyte is refused without delay', () => {
  expect(matches(RELATIVE_PATH_PATTERN, 'a/'.repeat(500_000))).toBe(false);
  expect(matches(MULTI_LINE_PATTERN, 'a\n'.repeat(500_000))).toBe(true);
});

test('each rule has words for those who break it', () => {
  for (const schema of [nameSchema, relativePathSchema, lineSchema, multiLineSchema]) {
    expect(schema('The thing.')).toMatchObject({
      description: 'The thing.',
      type: 'string',
      patternErrorMessage: expect.stringMatching(/^must be /) as unknown,
    });
  }
});
