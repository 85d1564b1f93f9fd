import type { JsonObject } from '../spec-schema/build-spec.ts';
import type { BuildEvent } from './build-event.ts';

// The compiler keeps schema and type in step: an event type or key that one of them lacks, or that is
// optional in one only, is an error here. What values are, a test asks of events of real builds.

type EventOf<Type> = Extract<BuildEvent, { readonly type: Type }>;
type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];
type OptionalKeys<T> = Exclude<keyof T, RequiredKeys<T>>;

/** Keys that events of a kind have, and how their values look. */
export interface Shape<T> {
  readonly about: string;
  readonly required: { readonly [K in Exclude<RequiredKeys<T>, 'type'>]: JsonObject };
  readonly optional: { readonly [K in OptionalKeys<T>]: JsonObject };
}

export const text: JsonObject = { type: 'string' };
const flag: JsonObject = { type: 'boolean' };
export const count: JsonObject = { type: 'integer', minimum: 0 };
export const time: JsonObject = { type: 'integer', description: 'Milliseconds since 1970.' };
export const duration: JsonObject = { type: 'integer', minimum: 0, description: 'Milliseconds.' };
export const oneOf = (...values: readonly string[]): JsonObject => ({ enum: values });
export const listOf = (items: JsonObject): JsonObject => ({ type: 'array', items });
export const record = (required: JsonObject, optional: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
});

const kept = {
  run: text,
  at: time,
  seq: { type: 'integer', minimum: 1, description: 'Counts the kept events of a run from 1, without gaps.' },
} as const;
const ofStep = { project: text, step: { type: 'string', description: 'The id of a step.' } } as const;
const attempt = { attempt: { type: 'integer', minimum: 1 }, attemptId: text } as const;

const outline = record(
  {
    name: text,
    dependsOn: listOf(text),
    steps: listOf(record({ id: text, title: text })),
    stepsDone: count,
  },
  { result: oneOf('built', 'failed', 'cancelled', 'skipped'), isCurrent: flag },
);

const outcome: JsonObject = {
  description: 'How an attempt ended. Other keys depend on its type.',
  ...record({
    type: oneOf('succeeded', 'failed', 'killed', 'timed-out', 'limit-hit', 'refused', 'cancelled', 'interrupted'),
  }),
};

export const cause: JsonObject = {
  description: 'Why the step has to be run. Other keys depend on its type: docs/incremental.md.',
  ...record({
    type: oneOf(
      'first-time',
      'action-changed',
      'parameters-changed',
      'artifact-changed',
      'artifact-missing',
      'outside-changed',
      'outside-unknown',
      'step-before',
      'contractor-changed',
      'made-by-hand',
      'never-cached',
      'asked',
      'result-gone',
      'failed-before',
    ),
  }),
};

const EVENTS: { readonly [Type in BuildEvent['type']]: Shape<EventOf<Type>> } = {
  'run-started': {
    about: 'A process begins with a run, or goes on with it. What it tells of projects holds from here on.',
    required: { ...kept, specName: text, resumed: flag, projects: listOf(outline) },
    optional: {
      continues: record({ run: text, gone: listOf(record({ project: text, step: text })) }),
      retryOf: text,
      specFile: oneOf('changed', 'missing'),
      unsigned: listOf(record({ ...ofStep, source: text })),
      trusted: listOf(record({ question: text, answer: text, askedAt: time })),
      unenforced: listOf(
        record({ limit: text, mechanism: text, scope: text, isEnforced: flag }, { consequence: text }),
      ),
      elsewhere: listOf(
        record({
          project: text,
          missing: listOf(
            record(
              { type: oneOf('architecture', 'memory', 'label') },
              { wanted: text, is: text, wantedBytes: count, hasBytes: count },
            ),
          ),
        }),
      ),
      allowedSources: listOf(text),
    },
  },
  'project-started': {
    about: 'A project begins.',
    required: { ...kept, project: text },
    optional: { because: record({ step: text, cause }) },
  },
  'step-started': {
    about: 'An attempt of a step begins.',
    required: { ...kept, ...ofStep, ...attempt },
    optional: {},
  },
  'step-waiting': {
    about: 'After a temporary failure: the next attempt begins at `until`.',
    required: { ...kept, ...ofStep, attempt: attempt.attempt, until: time },
    optional: {},
  },
  'step-adopted': {
    about: 'An attempt that an earlier process began is gone on with.',
    required: { ...kept, ...ofStep, ...attempt, startedAt: time },
    optional: {},
  },
  'step-reused': {
    about: 'The result of an equal step of the run `from` is taken.',
    required: { ...kept, ...ofStep, ...attempt, from: text },
    optional: {},
  },
  'step-dropped': {
    about: 'The step was finished in the run `from`, and has to be run again.',
    required: { ...kept, ...ofStep, from: text, because: text },
    optional: {},
  },
  'step-progress': {
    about: 'How far a step is. Not kept, so it has no `seq`.',
    required: { run: text, at: time, ...ofStep, label: text },
    optional: { done: { type: 'number' }, total: { type: 'number' } },
  },
  'step-ended': {
    about: 'An attempt of a step has ended.',
    required: { ...kept, ...ofStep, ...attempt, outcome, durationMs: duration },
    optional: { next: oneOf('retry', 'continue', 'end') },
  },
  'artifact-published': {
    about: 'A step has made a version of an artifact.',
    required: {
      ...kept,
      ...ofStep,
      artifact: text,
      version: { type: 'integer', minimum: 1 },
      digest: text,
      isNew: flag,
      files: count,
      sizeBytes: count,
      dropped: listOf(record({ path: text, type: text })),
    },
    optional: {},
  },
  'project-paused': {
    about: 'A project waits at a step until somebody says how it goes on.',
    required: { ...kept, ...ofStep, because: oneOf('failure', 'break') },
    optional: {},
  },
  'project-ended': {
    about: 'A project has ended, or will not begin.',
    required: {
      ...kept,
      project: text,
      result: oneOf('built', 'failed', 'cancelled', 'skipped'),
      durationMs: duration,
    },
    optional: { because: text, isCurrent: flag },
  },
  'run-ended': {
    about: 'The last event of a run.',
    required: { ...kept, result: oneOf('built', 'failed', 'cancelled'), durationMs: duration },
    optional: {},
  },
};

/**
 * The JSON Schema (draft 2020-12) of one event, as `--json` prints them and as the library gives them.
 * Later versions may add keys and kinds of events, and take away none.
 */
export const buildEventSchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'An event of a build',
  type: 'object',
  oneOf: eventSchemas(EVENTS),
};

/** The schemas of kinds of events. */
export function eventSchemas(
  events: Readonly<Record<string, { readonly about: string; readonly required: object; readonly optional: object }>>,
): JsonObject[] {
  return Object.entries(events).map(([type, { about, required, optional }]) => ({
    title: type,
    description: about,
    properties: { type: { const: type }, ...(required as JsonObject), ...(optional as JsonObject) },
    required: ['type', ...Object.keys(required)],
  }));
}
