/**
 * Whether `schema` admits `value` beyond doubt.
 *
 * ajv decides what is wrong, and is slow to load and to compile (60 ms, three
 * times the start of Node). Most specifications have nothing wrong. So this
 * says yes to them, and no to whatever it does not understand: a keyword that
 * it does not know is a no, and a no is a question for ajv. It may be too
 * strict; a property test shows that it is never too lax.
 */
export function plainlyAdmits(schema: unknown, value: unknown): boolean {
  if (schema === true) return true;
  if (!isObject(schema)) return false;
  return Object.entries(schema).every(
    ([keyword, argument]) => ANNOTATIONS.has(keyword) || (CHECKS[keyword]?.(argument, value, schema) ?? false),
  );
}

/** Keywords that say something to people only. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'patternErrorMessage',
]);

type Check = (argument: unknown, value: unknown, schema: Record<string, unknown>) => boolean;

/** Each looks at the values it is about and lets others pass, as JSON Schema has it. */
const CHECKS: Readonly<Record<string, Check>> = {
  type: (types, value) => (Array.isArray(types) ? types : [types]).some((type) => hasType(value, type)),
  const: (only, value) => value === only,
  enum: (all, value) => Array.isArray(all) && all.includes(value),
  pattern: (pattern, value) => typeof value !== 'string' || regExp(pattern).test(value),
  minLength: (least, value) => typeof value !== 'string' || Array.from(value).length >= Number(least),
  maxLength: (most, value) => typeof value !== 'string' || Array.from(value).length <= Number(most),
  minimum: (least, value) => typeof value !== 'number' || value >= Number(least),
  maximum: (most, value) => typeof value !== 'number' || value <= Number(most),
  exclusiveMinimum: (least, value) => typeof value !== 'number' || value > Number(least),
  minItems: (least, value) => !Array.isArray(value) || value.length >= Number(least),
  maxItems: (most, value) => !Array.isArray(value) || value.length <= Number(most),
  uniqueItems: (_, value) =>
    !Array.isArray(value) ||
    (value.every((item) => typeof item === 'string') && new Set<unknown>(value).size === value.length),
  items: (schema, value) => !Array.isArray(value) || value.every((item) => plainlyAdmits(schema, item)),
  required: (keys, value) =>
    !isObject(value) || (Array.isArray(keys) && keys.every((key) => Object.hasOwn(value, String(key)))),
  properties: (properties, value) =>
    !isObject(value) ||
    (isObject(properties) &&
      Object.entries(value).every(
        ([key, part]) => !Object.hasOwn(properties, key) || plainlyAdmits(properties[key], part),
      )),
  patternProperties: (patterns, value) =>
    !isObject(value) ||
    (isObject(patterns) &&
      Object.entries(patterns).every(([pattern, schema]) =>
        Object.entries(value).every(([key, part]) => !regExp(pattern).test(key) || plainlyAdmits(schema, part)),
      )),
  additionalProperties: (rest, value, schema) =>
    !isObject(value) ||
    Object.entries(value).every(
      ([key, part]) => isDeclared(key, schema) || (rest !== false && plainlyAdmits(rest, part)),
    ),
  propertyNames: (names, value) => !isObject(value) || Object.keys(value).every((key) => plainlyAdmits(names, key)),
  anyOf: (choices, value) => Array.isArray(choices) && choices.some((choice) => plainlyAdmits(choice, value)),
};

function hasType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function isDeclared(key: string, schema: Record<string, unknown>): boolean {
  const { properties, patternProperties } = schema;
  if (isObject(properties) && Object.hasOwn(properties, key)) return true;
  return isObject(patternProperties) && Object.keys(patternProperties).some((pattern) => regExp(pattern).test(key));
}

const regExps = new Map<string, RegExp>();

/** As ajv makes them: in Unicode mode. They come from schemas, never from a document, so there are few. */
function regExp(pattern: unknown): RegExp {
  const source = String(pattern);
  let made = regExps.get(source);
  if (made === undefined) {
    made = new RegExp(source, 'u');
    regExps.set(source, made);
  }
  return made;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
