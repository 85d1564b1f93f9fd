import type { JsonObject } from './build-spec.ts';
import { DURATION_SCHEMA, durationMs } from './duration.ts';
import { SIZE_SCHEMA, sizeBytes } from './size.ts';
import type { Limits } from './step-limits.ts';

const COUNT_SCHEMA: JsonObject = { type: 'integer', minimum: 1, maximum: 1_000_000 };

/** The schema of `limits`, which the document, a project and a step may have. The nearer one wins, key by key. */
export const LIMITS_SCHEMA: JsonObject = {
  description:
    'What steps may use up. Those of a step go before those of its project, and these before those at the top, key by key. `strict` alone refuses a host that cannot enforce them all.',
  type: ['object', 'string'],
  pattern: '^strict$',
  patternErrorMessage: 'must be `strict`, or a mapping of limits such as `{ memory: 4G, processes: 512 }`',
  properties: {
    memory: { description: 'How much memory a step may have at once.', ...SIZE_SCHEMA, examples: ['512M', '4G'] },
    processes: {
      description: 'How many processes and threads a step may have at once.',
      ...COUNT_SCHEMA,
      examples: [512],
    },
    'open-files': { description: 'How many files each process may have open.', ...COUNT_SCHEMA, examples: [4096] },
    'cpu-time': {
      description: 'How long a step may compute, all its processes together: `90s`, `10m`, or a number of seconds.',
      ...DURATION_SCHEMA,
      examples: ['10m'],
    },
    disk: {
      description: 'How much a step may write to the workspace, and to its container when that is writable.',
      ...SIZE_SCHEMA,
      examples: ['10G'],
    },
    tmp: {
      description: 'How much /tmp, /home/builder, /run and /dev/shm may hold together. They are memory.',
      ...SIZE_SCHEMA,
      examples: ['1G'],
    },
    output: { description: 'How much a step may print.', ...SIZE_SCHEMA, examples: ['100M'] },
    timeout: {
      description: 'How long one attempt may take, for steps that do not say `timeout` themselves.',
      ...DURATION_SCHEMA,
      examples: ['1h'],
    },
    strict: {
      description: 'Whether to refuse a host that cannot enforce one of the limits for the step as a whole.',
      type: 'boolean',
    },
  },
  additionalProperties: false,
};

/** The limits of `given`, which {@link LIMITS_SCHEMA} admits, from the outermost on, as one. */
export function limitsOf(given: readonly unknown[]): { readonly limits: Limits; readonly timeoutMs?: number } {
  const all: JsonObject = Object.assign({}, ...given.map(mappingOf));
  const limits = {
    ...inBytes('memoryBytes', all['memory']),
    ...(typeof all['processes'] === 'number' ? { processes: all['processes'] } : {}),
    ...(typeof all['open-files'] === 'number' ? { openFiles: all['open-files'] } : {}),
    ...(isAmount(all['cpu-time']) ? { cpuTimeMs: durationMs(all['cpu-time']) } : {}),
    ...inBytes('diskBytes', all['disk']),
    ...inBytes('tmpBytes', all['tmp']),
    ...inBytes('outputBytes', all['output']),
    ...(typeof all['strict'] === 'boolean' ? { strict: all['strict'] } : {}),
  };
  return { limits, ...(isAmount(all['timeout']) ? { timeoutMs: durationMs(all['timeout']) } : {}) };
}

function mappingOf(given: unknown): object {
  if (given === 'strict') return { strict: true };
  return typeof given === 'object' && given !== null ? given : {};
}

function inBytes<Key extends string>(key: Key, value: unknown): { readonly [key in Key]?: number } {
  return isAmount(value) ? ({ [key]: sizeBytes(value) } as { [key in Key]: number }) : {};
}

function isAmount(value: unknown): value is number | string {
  return typeof value === 'number' || typeof value === 'string';
}
