import { expect, test } from 'vitest';
import type { Json } from '../../spec-schema/build-spec.ts';
import { schemaFaults } from '../../spec-schema/schema-faults.ts';

const messages = (schema: Record<string, Json>, value: unknown): string[] =>
  schemaFaults(schema, value).map(({ message }) => message);

test('a part that breaks several rules has one fault', () => {
  const schema = {
    properties: { a: { type: 'string', minLength: 3, pattern: '^x', patternErrorMessage: 'must be x' } },
  };
  expect(messages(schema, { a: 'b' })).toEqual(['`a` must have at least 3 characters']);
});

test('keys that look like pointers or indices are found where they are', () => {
  const schema = { additionalProperties: { type: 'array', items: { type: 'string' } } };
  expect(schemaFaults(schema, { 'a/b~c': ['x', 1], 0: 5 }).map(({ path }) => path)).toEqual([['0'], ['a/b~c', 1]]);
  expect(messages(schema, { 'a/b~c': ['x', 1] })).toEqual(['item 2 of `a/b~c` must be a text, but is the number 1']);
});

test('the branches of a choice are no faults of their own', () => {
  const schema = {
    properties: { a: { anyOf: [{ type: 'string' }, { type: 'integer' }], patternErrorMessage: 'must be short' } },
  };
  expect(messages(schema, { a: [] })).toEqual(['`a` must be short']);
});

test('each limit has its words', () => {
  expect(messages({ maxLength: 2 }, 'abc')).toEqual(['this must have at most 2 characters']);
  expect(messages({ minLength: 1 }, '')).toEqual(['this is empty']);
  expect(messages({ minimum: 2 }, 1)).toEqual(['this must be at least 2']);
  expect(messages({ maximum: 2 }, 3)).toEqual(['this must be at most 2']);
  expect(messages({ exclusiveMinimum: 2 }, 2)).toEqual(['this must be more than 2']);
  expect(messages({ minItems: 2 }, [])).toEqual(['this must have at least 2 items']);
  expect(messages({ maxItems: 1 }, [1, 2])).toEqual(['this must have at most 1 items']);
  expect(messages({ const: 'a' }, 'b')).toEqual(['this must be `a`']);
  expect(messages({ type: ['string', 'null'] }, 1)).toEqual(['this must be a text or nothing, but is the number 1']);
});

test('a keyword without words of ours is told in those of ajv', () => {
  expect(messages({ multipleOf: 2 }, 3)).toEqual(['this must be multiple of 2']);
});
