import { expect, test } from 'vitest';
import { didYouMean, editDistance, nearest } from '../../spec-schema/did-you-mean.ts';

test.each([
  ['suite', 'suite', 0],
  ['sute', 'suite', 1],
  ['siute', 'suite', 1],
  ['suiet', 'suite', 1],
  ['suxte', 'suite', 1],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
])('from %j to %j it takes %i edits', (a, b, edits) => {
  expect(editDistance(a, b)).toBe(edits);
  expect(editDistance(b, a)).toBe(edits);
});

test('the nearest candidate is meant, the first of several', () => {
  expect(nearest('packges', ['package', 'packages', 'pickages'])).toBe('packages');
  expect(nearest('suits', ['suite', 'suits2', 'suit'])).toBe('suite');
});

test('capitals are no difference', () => {
  expect(nearest('Suite', ['variant', 'suite'])).toBe('suite');
  expect(nearest('SUITE', ['variant', 'suite'])).toBe('suite');
  expect(nearest('suite', ['SUITE'])).toBe('SUITE');
});

test('half of a word is too much to change', () => {
  expect(nearest('ref', ['url'])).toBeUndefined();
  expect(nearest('a', ['b'])).toBeUndefined();
  expect(nearest('path', ['part'])).toBeUndefined();
  expect(nearest('shell', ['spell', 'hello'])).toBe('spell');
  expect(nearest('directory', ['dir'])).toBeUndefined();
});

test('words too long to be slips, and candidates too many to look at, are passed over', () => {
  expect(nearest('x'.repeat(101), ['x'.repeat(101)])).toBeUndefined();
  expect(nearest('suite', [...Array.from({ length: 200 }, () => 'zzzzz'), 'suite'])).toBeUndefined();
});

test('a suggestion is a question', () => {
  expect(didYouMean('sute', ['suite'])).toBe('did you mean `suite`?');
  expect(didYouMean('sute', ['variant'])).toBeUndefined();
});
