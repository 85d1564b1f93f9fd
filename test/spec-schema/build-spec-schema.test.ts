import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildSpecSchema } from '../../spec-schema/build-spec-schema.ts';
import { plainlyAdmits } from '../../spec-schema/plainly-admits.ts';
import { stepSchema } from '../../spec-schema/step-schema.ts';
import { declarations } from './declarations.ts';
import { parseObject, problemsOf } from './parsing.ts';
import { likelyValue, spec } from './specifications.ts';

const schema = buildSpecSchema(declarations);

/** As a stranger would: with the meta-schema, and in strict mode but for the keyword that editors know. */
const compile = (schema: object): ValidateFunction =>
  new Ajv2020({
    allowUnionTypes: true,
    ownProperties: true,
    strictRequired: false,
    keywords: ['patternErrorMessage'],
  }).compile(schema);

/** Every object within `value`, with the way to it. */
function* objectsIn(value: unknown, path = '#'): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Record<string, unknown>];
  for (const [key, part] of Object.entries(value)) yield* objectsIn(part, `${path}/${key}`);
}

describe('the published schema', () => {
  test('is one, by its own meta-schema', () => {
    expect(() => compile(schema)).not.toThrow();
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'urn:contractor:build-specification',
      title: 'Build specification',
    });
  });

  test('admits its own examples', () => {
    const validate = compile(schema);
    for (const example of schema['examples'] as unknown[]) expect(validate(example)).toBe(true);
  });

  test('wants one of the two keys of the steps', () => {
    const validate = compile(schema);
    const steps = [{ action: 'empty-workspace' }];
    const admits = (project: object): boolean => validate({ projects: [{ project: 'p', ...project }] });
    expect(admits({ actions: steps })).toBe(true);
    expect(admits({ 'build-steps': steps })).toBe(true);
    expect(admits({ 'build-steps': steps, actions: steps })).toBe(false);
    expect(admits({})).toBe(false);
  });

  test('explains every key', () => {
    const unexplained = [...objectsIn(schema)]
      .filter(([path]) => /\/(?:properties|patternProperties)\/[^/]+$/.test(path) && !path.includes('/if/'))
      .filter(([, { description }]) => typeof description !== 'string' || !/^[A-Z].*\.$/.test(description))
      .map(([path]) => path);
    expect(unexplained).toEqual([]);
  });

  test('admits no key that is not declared, in any object', () => {
    const open = [...objectsIn(schema)]
      .filter(([path]) => !/\/(?:properties|\$defs|if)$/.test(path) && !path.includes('/if/'))
      .filter(([, object]) => 'properties' in object && object['additionalProperties'] !== false)
      .map(([path]) => path);
    // A step is closed in the branch of its action; see there.
    expect(open).toEqual(['#/$defs/step']);
  });

  test('holds every string to a rule', () => {
    const free = [...objectsIn(schema)]
      .filter(([, object]) => object['type'] === 'string' && !('pattern' in object || 'enum' in object))
      .map(([path]) => path);
    expect(free).toEqual([]);
  });

  test('offers an editor the parameters of the action that is written, and no others', () => {
    const { $defs } = schema as { $defs: Record<string, { allOf: unknown; properties: Record<string, unknown> }> };
    expect($defs['step']?.allOf).toContainEqual({
      if: { properties: { action: { const: 'git' } }, required: ['action'] },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { $ref: '#/$defs/step-git' },
    });
    expect(Object.keys($defs['step']?.properties ?? {})).toEqual([
      'action',
      'name',
      'timeout',
      'limits',
      'retries',
      'cache',
      'continue-on-failure',
    ]);
    expect(Object.keys($defs['step-git']?.properties ?? {})).toEqual([
      'action',
      'url',
      'ref',
      'directory',
      'depth',
      'submodules',
      'name',
      'timeout',
      'limits',
      'retries',
      'cache',
      'continue-on-failure',
    ]);
  });
});

/** Problems that no schema can see. */
const BEYOND_SCHEMAS = /^(?:PROJECT|ARTIFACT|CONTAINER|DEPENDENCY)_/;

test('the published schema and the parser admit the same', () => {
  const validate = compile(schema);
  fc.assert(
    fc.property(
      fc.oneof(
        spec.map(({ document }) => document as unknown),
        likelyValue,
      ),
      (document) => {
        const structural = problemsOf(parseObject(document)).filter(({ code }) => !BEYOND_SCHEMAS.test(code));
        expect(structural.length === 0).toBe(validate(document));
      },
    ),
  );
});

test('what is plainly admitted is admitted by ajv too', () => {
  const steps = declarations.map((declaration) => ({
    schema: stepSchema(declaration),
    validate: compile(stepSchema(declaration)),
  }));
  let admitted = 0;
  fc.assert(
    fc.property(fc.constantFrom(...steps), likelyValue, ({ schema, validate }, value) => {
      for (const step of stepsIn(value)) {
        if (!plainlyAdmits(schema, step)) continue;
        admitted += 1;
        expect(validate(step)).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
  expect(admitted).toBeGreaterThan(0);
});

function stepsIn(value: unknown): unknown[] {
  return [...objectsIn(value)].map(([, object]) => object).filter((object) => 'action' in object);
}

test('nothing is plainly admitted by a keyword that is not known', () => {
  expect(plainlyAdmits({ type: 'string' }, 'a')).toBe(true);
  expect(plainlyAdmits({ type: 'string', format: 'uri' }, 'a')).toBe(false);
  expect(plainlyAdmits({ not: { type: 'string' } }, 1)).toBe(false);
  expect(plainlyAdmits({ properties: { a: { multipleOf: 2 } } }, { a: 2 })).toBe(false);
});
