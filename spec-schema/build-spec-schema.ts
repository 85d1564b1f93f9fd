import type { ActionDeclaration } from './action-declaration.ts';
import type { JsonObject } from './build-spec.ts';
import { LIMITS_SCHEMA } from './limits.ts';
import { nameSchema } from './names.ts';
import { RUNS_ON_SCHEMA } from './runs-on.ts';
import { COMMON_STEP_KEYS, stepSchema } from './step-schema.ts';

const STEPS_DESCRIPTION = 'What to do to build the project, in order.';

/** The schema of the document but for what is inside `projects`. */
export const DOCUMENT_SCHEMA: JsonObject = {
  type: 'object',
  required: ['projects'],
  properties: {
    projects: { description: 'What to build. The order is of no importance.', type: 'array', minItems: 1 },
    limits: LIMITS_SCHEMA,
  },
  patternProperties: {
    '^x-': { description: 'Ignored: a place for YAML anchors that are used further down.' },
  },
  additionalProperties: false,
};

/** The schema of a project but for what is inside its steps, and for which of their two keys it has. */
export const PROJECT_SCHEMA: JsonObject = {
  type: 'object',
  required: ['project'],
  properties: {
    project: {
      ...nameSchema('The name of the project, unique in the specification.'),
      examples: ['hello', 'unstable-systree'],
    },
    'build-steps': { description: STEPS_DESCRIPTION, type: 'array', minItems: 1 },
    actions: { description: `${STEPS_DESCRIPTION} The same as \`build-steps\`.`, type: 'array', minItems: 1 },
    'depends-on': {
      description:
        'Projects to build before this one. Those that make an artifact which this one uses need not be named.',
      type: 'array',
      items: nameSchema('The name of a project of this specification.'),
      uniqueItems: true,
    },
    'runs-on': RUNS_ON_SCHEMA,
    checkpoint: {
      description:
        'What is not done again when the worker that builds the project is lost. `step`: after each step its workspace is shared with the other workers, and another goes on behind it. `project` (the default): another begins the project anew. Without workers it has no effect.',
      enum: ['project', 'step'],
      default: 'project',
    },
    limits: LIMITS_SCHEMA,
  },
  additionalProperties: false,
};

/** The two keys of which a project has exactly one. */
export const STEPS_KEYS = ['build-steps', 'actions'] as const;

/**
 * The JSON Schema (draft 2020-12) of a whole specification, for editors and for
 * whoever wants to check one without us.
 *
 * It is put together from the very pieces that the parser checks with, so it
 * admits what the parser admits, but for what no schema can say: that names
 * are unique, that what is referred to exists, that nothing waits for itself.
 *
 * A step is `if … then` by action rather than `oneOf`: an editor then offers the
 * keys of the action that is written, and complains about those alone. That is
 * why a step, alone of all objects, has its `additionalProperties: false` only
 * in the branches.
 */
export function buildSpecSchema(actions: readonly ActionDeclaration[]): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:contractor:build-specification',
    title: 'Build specification',
    description: 'One or more projects, each with the steps that build it.',
    ...DOCUMENT_SCHEMA,
    properties: withItems(DOCUMENT_SCHEMA['properties'], { projects: 'project' }),
    $defs: {
      project: {
        title: 'Project',
        description: 'A name and a sequence of build steps.',
        ...PROJECT_SCHEMA,
        properties: withItems(PROJECT_SCHEMA['properties'], { 'build-steps': 'step', actions: 'step' }),
        oneOf: STEPS_KEYS.map((key) => ({ required: [key] })),
      },
      step: {
        title: 'Build step',
        description: 'One action with its parameters.',
        type: 'object',
        required: ['action'],
        properties: {
          action: { description: 'What the step does.', type: 'string', enum: actions.map(({ name }) => name) },
          ...COMMON_STEP_KEYS,
        },
        allOf: actions.map(({ name }) => ({
          if: { properties: { action: { const: name } }, required: ['action'] },
          // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema; nobody awaits a schema
          then: { $ref: `#/$defs/step-${name}` },
        })),
      },
      ...Object.fromEntries(actions.map((action) => [`step-${action.name}`, stepSchema(action)])),
    },
    examples: [exampleSpec],
  };
}

const exampleSpec = {
  projects: [{ project: 'hello', 'build-steps': [{ action: 'empty-workspace' }] }],
};

function withItems(properties: unknown, itemsOf: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(properties as Record<string, JsonObject>).map(([key, schema]) => {
      const definition = itemsOf[key];
      return [key, definition === undefined ? schema : { ...schema, items: { $ref: `#/$defs/${definition}` } }];
    }),
  );
}
