import type { Json, JsonObject, RunsOn } from './build-spec.ts';
import { SIZE_SCHEMA, sizeBytes } from './size.ts';

/** What would be a label and is said otherwise: a slip here would be a project that nobody ever takes. */
const NO_LABEL = '(?!(?:arch|architecture|memory)(?:=|$))(?!(?:amd64|arm64|x86_64|x64|aarch64)$)';

/** A word, or a word and a value, as workers are given them. */
const LABEL_PATTERN: string = `^${NO_LABEL}[A-Za-z0-9][A-Za-z0-9._/-]{0,62}(?:=[A-Za-z0-9][A-Za-z0-9._:/+-]{0,99})?$`;

/** Whether a text may be a label: of a project, or of a worker. */
export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

const LABEL = new RegExp(LABEL_PATTERN, 'u');

const LABEL_RULE: JsonObject = {
  pattern: LABEL_PATTERN,
  patternErrorMessage:
    'must be a label, such as `gpu` or `zone=eu`; the architecture and the memory have keys of their own: `{ architecture: arm64, memory: 8G }`',
};

/** The schema of `runs-on`, which a project may have: a label, a list of them, or a mapping. */
export const RUNS_ON_SCHEMA: JsonObject = {
  description:
    'What the host that builds the project has to be: a label, a list of labels, all of which it has, or a mapping. For workers; a build on one host refuses another architecture, and says what else it is not.',
  type: ['string', 'array', 'object'],
  ...LABEL_RULE,
  minItems: 1,
  uniqueItems: true,
  items: { type: 'string', ...LABEL_RULE },
  properties: {
    labels: {
      description: 'Labels, all of which the host has. A word is also met by that word with a value.',
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string', ...LABEL_RULE },
      examples: [['gpu', 'zone=eu']],
    },
    architecture: { description: "The architecture of the host, by Debian's name.", enum: ['amd64', 'arm64'] },
    memory: {
      description: 'How much memory the host has at least, in all. What the kernel keeps of it is not missed.',
      ...SIZE_SCHEMA,
      examples: ['8G'],
    },
  },
  additionalProperties: false,
  examples: ['gpu', ['gpu', 'zone=eu'], { architecture: 'arm64', memory: '8G' }],
};

/** What {@link RUNS_ON_SCHEMA} admits; nothing where nothing is asked. */
export function runsOnOf(given: Json | undefined): RunsOn | undefined {
  const mapping: JsonObject = isMapping(given) ? given : given === undefined ? {} : { labels: given };
  const { architecture, memory } = mapping;
  const labels = [mapping['labels'] ?? []].flat() as string[];
  const runsOn: RunsOn = {
    ...(labels.length === 0 ? {} : { labels }),
    ...(architecture === undefined ? {} : { architecture: architecture as 'amd64' | 'arm64' }),
    ...(typeof memory === 'number' || typeof memory === 'string' ? { memoryBytes: sizeBytes(memory) } : {}),
  };
  return Object.keys(runsOn).length === 0 ? undefined : runsOn;
}

function isMapping(given: Json | undefined): given is JsonObject {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}
