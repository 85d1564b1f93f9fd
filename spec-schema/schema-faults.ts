import { createRequire } from 'node:module';
import type * as ajv from 'ajv/dist/2020.js';
import type { JsonObject } from './build-spec.ts';
import { nearest } from './did-you-mean.ts';
import { faultMessage } from './fault-message.ts';
import { plainlyAdmits } from './plainly-admits.ts';
import type { ProblemCode } from './problem.ts';

/** Where and how a value departs from a schema, before it is known where the value is written. */
export interface Fault {
  readonly code: ProblemCode;
  readonly message: string;
  /** From the value that was checked to the part that is wrong. */
  readonly path: readonly (string | number)[];
  /** The key of that part which is unknown, or forbidden: then the key is at fault, and not its value. */
  readonly key?: string;
  /** The key that `key` is probably a slip for. */
  readonly meant?: string;
  /** The values that would have been right, if they can be counted. */
  readonly choices?: readonly string[];
  /** The types that would have been right. */
  readonly types?: readonly string[];
}

/**
 * Every way in which `value` departs from `schema`, one for each part of it.
 *
 * ajv finds them; it is loaded only for a value that is not plainly right.
 */
export function schemaFaults(schema: JsonObject, value: unknown): readonly Fault[] {
  if (plainlyAdmits(schema, value)) return [];
  const validate = compiled(schema);
  if (validate(value)) return [];
  return oneForEachPart(withoutEchoes(validate.errors ?? []), value);
}

const validators = new WeakMap<JsonObject, ajv.ValidateFunction>();

function compiled(schema: JsonObject): ajv.ValidateFunction {
  let validate = validators.get(schema);
  if (validate === undefined) {
    // Synchronous and on demand, which `import` cannot be.
    const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof ajv;
    const compiler = new Ajv2020({
      allErrors: true,
      verbose: true,
      ownProperties: true,
      strictTypes: false,
      logger: false,
      keywords: ['patternErrorMessage'],
      // The schemas are ours; a test checks them. Compiling the meta-schema takes longer than all of them.
      meta: false,
      validateSchema: false,
    });
    validate = compiler.compile(schema);
    validators.set(schema, validate);
  }
  return validate;
}

/** Without what ajv reports again one level up or down: the branches of a choice, the rule that a forbidden key broke. */
function withoutEchoes(errors: readonly ajv.ErrorObject[]): ajv.ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  return errors.filter(
    (error) =>
      error.propertyName === undefined &&
      !choices.some((choice) => choice !== error && error.schemaPath.startsWith(`${choice.schemaPath}/`)),
  );
}

function oneForEachPart(errors: readonly ajv.ErrorObject[], root: unknown): readonly Fault[] {
  const faults: Fault[] = [];
  const wrongParts = new Set<string>();
  const unknownKeys = errors
    .filter(({ keyword }) => keyword === 'additionalProperties')
    .map((error) => unknownKey(error));
  for (const error of errors) {
    if (error.keyword === 'additionalProperties') continue;
    if (error.keyword === 'required') {
      const missing = String(error.params['missingProperty']);
      const isMisspelt = unknownKeys.some(({ meant, at }) => meant === missing && at === error.instancePath);
      if (!isMisspelt) faults.push({ code: 'KEY_MISSING', path: pathOf(error, root), key: missing, message: '' });
    } else if (error.keyword === 'propertyNames') {
      const key = String(error.params['propertyName']);
      faults.push({ code: 'WRONG_VALUE', path: pathOf(error, root), key, message: faultMessage(error, [key]) });
    } else if (!wrongParts.has(error.instancePath)) {
      wrongParts.add(error.instancePath);
      faults.push(wrongValue(error, root));
    }
  }
  for (const { key, meant, error } of unknownKeys) {
    const fault = { code: 'KEY_UNKNOWN', path: pathOf(error, root), key, message: '' } as const;
    faults.push(meant === undefined ? fault : { ...fault, meant });
  }
  return faults;
}

function unknownKey(error: ajv.ErrorObject): {
  key: string;
  meant: string | undefined;
  at: string;
  error: ajv.ErrorObject;
} {
  const key = String(error.params['additionalProperty']);
  const known = Object.keys((error.parentSchema?.['properties'] ?? {}) as object);
  const meant = nearest(
    key,
    known.filter((candidate) => !Object.hasOwn(error.data as object, candidate)),
  );
  return { key, meant, at: error.instancePath, error };
}

function wrongValue(error: ajv.ErrorObject, root: unknown): Fault {
  const path = pathOf(error, root);
  const fault = { path, message: faultMessage(error, path) };
  if (error.keyword === 'type') {
    return { ...fault, code: 'WRONG_TYPE', types: [error.params['type'] as string | string[]].flat() };
  }
  const choices = error.keyword === 'enum' ? (error.params['allowedValues'] as unknown[]).map(String) : undefined;
  return choices === undefined ? { ...fault, code: 'WRONG_VALUE' } : { ...fault, code: 'WRONG_VALUE', choices };
}

/** ajv's JSON pointer as keys and indices; a key of digits is an index only where there is a list. */
function pathOf(error: ajv.ErrorObject, root: unknown): (string | number)[] {
  const path: (string | number)[] = [];
  let value = root;
  for (const escaped of error.instancePath.split('/').slice(1)) {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = (value as Record<string, unknown> | null | undefined)?.[key];
  }
  return path;
}
