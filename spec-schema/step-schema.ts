import type { ActionDeclaration } from './action-declaration.ts';
import type { Json, JsonObject } from './build-spec.ts';
import { DURATION_SCHEMA } from './duration.ts';
import { LIMITS_SCHEMA } from './limits.ts';
import { LINE_RULE } from './names.ts';

/** The keys that every step may have, whatever its action. */
export const COMMON_STEP_KEYS: Readonly<Record<string, JsonObject>> = {
  name: {
    description: 'What to call the step where it is shown. By default its action and what tells it apart.',
    type: 'string',
    pattern: '^(?=.*\\S)[^\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]{1,100}$',
    patternErrorMessage: 'must be one line of 1 to 100 printable characters',
    examples: ['compile', 'run the test suite'],
  },
  timeout: {
    description: 'How long one attempt may take: a number of seconds, or a text such as `90s`, `10m` or `1h30m`.',
    ...DURATION_SCHEMA,
    examples: ['90s', '10m', '1h30m', 600],
  },
  limits: LIMITS_SCHEMA,
  retries: {
    description:
      'How many more attempts the step gets when it fails. Default: 0, but 3 after a temporary failure of the network; 0 switches these off.',
    type: 'integer',
    minimum: 0,
    maximum: 100,
    examples: [2],
  },
  cache: {
    description:
      'Whether the result of the step may be taken over by later builds, as long as nothing that it depends on has changed. `never`: it is run in every build. Default: auto.',
    enum: ['auto', 'never'],
    default: 'auto',
  },
  'continue-on-failure': {
    description: 'Whether the project goes on with its next step when this one has failed for good.',
    type: 'boolean',
    default: false,
  },
};

const schemas = new WeakMap<ActionDeclaration, JsonObject>();

/** The JSON Schema of a step of one action. One object for each declaration, so that it is compiled once. */
export function stepSchema(declaration: ActionDeclaration): JsonObject {
  let schema = schemas.get(declaration);
  if (schema === undefined) {
    schema = {
      title: declaration.name,
      description: declaration.description,
      type: 'object',
      required: ['action', ...declaration.required],
      properties: {
        action: { const: declaration.name, description: declaration.description },
        ...mapValues(declaration.parameters, withLineRule),
        ...COMMON_STEP_KEYS,
      },
      additionalProperties: false,
    };
    schemas.set(declaration, schema);
  }
  return schema;
}

/** The JSON Schema of what can be checked of a step whose action nobody knows. */
export const UNKNOWN_STEP_SCHEMA: JsonObject = { type: 'object', properties: COMMON_STEP_KEYS };

/**
 * The schema with every string that has no rule of its own held to one line:
 * an action's author who forgets control characters is not punished for it.
 */
function withLineRule(schema: JsonObject): JsonObject {
  const strict: Record<string, Json> = { ...schema };
  if (schema['type'] === 'string' && !('pattern' in schema || 'enum' in schema || 'const' in schema)) {
    Object.assign(strict, LINE_RULE);
  }
  for (const key of ['items', 'additionalProperties', 'propertyNames']) {
    const part = schema[key];
    if (isSchema(part)) strict[key] = withLineRule(part);
  }
  for (const key of ['anyOf', 'oneOf']) {
    const parts = schema[key];
    if (Array.isArray(parts)) strict[key] = parts.map((part) => (isSchema(part) ? withLineRule(part) : part));
  }
  const properties = schema['properties'];
  if (isSchema(properties)) {
    strict['properties'] = mapValues(properties, (part) => (isSchema(part) ? withLineRule(part) : part));
  }
  return strict;
}

function isSchema(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues<Value extends Json>(
  object: Readonly<Record<string, Value>>,
  change: (value: Value) => Json,
): Record<string, Json> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
