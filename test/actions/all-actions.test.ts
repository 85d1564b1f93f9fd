import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { declarations } from '../../actions/all-actions.ts';
import { buildSpecSchema } from '../../spec-schema/build-spec-schema.ts';

// A keyword that ajv does not know would throw at the first invalid specification of a user.
test('the schema of all actions is one that ajv compiles, without a keyword it does not know', () => {
  const ajv = new Ajv2020({ allowUnionTypes: true, strictRequired: false, keywords: ['patternErrorMessage'] });
  const validate = ajv.compile(buildSpecSchema(declarations));
  const step = { action: 'debootstrap', suite: 'stable' };
  expect(validate({ projects: [{ project: 'p', 'build-steps': [step] }] })).toBe(true);
  expect(validate({ projects: [{ project: 'p', 'build-steps': [{ ...step, sute: 'x' }] }] })).toBe(false);
});
