import { expect, test } from 'vitest';
import { withoutCredentials } from '../../actions/without-credentials.ts';

test.each([
  ['https://me:secret@example.org/a@b', 'https://example.org/a@b'],
  ['https://me:sec@ret@example.org/a', 'https://example.org/a'],
  ['http://token@example.org', 'http://example.org'],
  ['https://example.org/x@y', 'https://example.org/x@y'],
  ['./a@b', './a@b'],
])('%s is handed on as %s', (url, shown) => {
  expect(withoutCredentials(url)).toBe(shown);
});
