import type { ErrorObject } from 'ajv/dist/2020.js';
import { quoted } from './printable-text.ts';

/** What ajv found wrong with a value, as a sentence about the part at `path`. */
export function faultMessage(error: ErrorObject, path: readonly (string | number)[]): string {
  const subject = partName(path);
  const words: unknown = error.parentSchema?.['patternErrorMessage'];
  const limit = Number(error.params['limit']);
  switch (error.keyword) {
    case 'type':
      return `${subject} ${typeMessage(error)}`;
    case 'enum':
      return `${subject} must be ${oneOf((error.params['allowedValues'] as unknown[]).map((value) => quoted(String(value))))}`;
    case 'const':
      return `${subject} must be ${quoted(String(error.params['allowedValue']))}`;
    case 'minLength':
      return limit === 1 ? `${subject} is empty` : `${subject} must have at least ${limit} characters`;
    case 'maxLength':
      return `${subject} must have at most ${limit} characters`;
    case 'minimum':
      return `${subject} must be at least ${limit}`;
    case 'maximum':
      return `${subject} must be at most ${limit}`;
    case 'exclusiveMinimum':
      return `${subject} must be more than ${limit}`;
    case 'minItems':
      return limit === 1 ? `${subject} is empty` : `${subject} must have at least ${limit} items`;
    case 'maxItems':
      return `${subject} must have at most ${limit} items`;
    case 'uniqueItems':
      return `${subject} has the same item twice: ${quoted(String((error.data as unknown[])[Number(error.params['j'])]))}`;
    case 'propertyNames': {
      const rule = (error.schema as Record<string, unknown> | undefined)?.['patternErrorMessage'];
      return `the key ${subject} ${typeof rule === 'string' ? rule : 'is not admitted here'}`;
    }
    default:
      return `${subject} ${typeof words === 'string' ? words : (error.message ?? 'is wrong')}`;
  }
}

/** A part as people speak of it: "`suite`", "item 2 of `packages`", "`CC` of `environment`". */
export function partName(path: readonly (string | number)[]): string {
  if (path.length === 0) return 'this';
  return path
    .map((key) => (typeof key === 'number' ? `item ${key + 1}` : quoted(key)))
    .toReversed()
    .join(' of ');
}

function typeMessage(error: ErrorObject): string {
  if (error.data === null) return 'has no value';
  const types = [error.params['type'] as string | string[]].flat();
  return `must be ${oneOf(types.map((type) => TYPE_NAMES[type] ?? type))}, but is ${described(error.data)}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: '`true` or `false`',
  integer: 'a whole number',
  null: 'nothing',
  number: 'a number',
  object: 'a mapping',
  string: 'a text',
};

/** What a value is, for a sentence that says that it should be something else. */
export function described(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return `the text ${quoted(value)}`;
    case 'number':
      return `the number ${value}`;
    case 'boolean':
      return `\`${value}\``;
    default:
      return value === null ? 'nothing' : 'a mapping';
  }
}

function oneOf(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`;
}
