import type { JsonObject } from './build-spec.ts';
import { LIMITS_SCHEMA, limitsOf } from './limits.ts';
import type { LocatedValue } from './located-value.ts';
import { ProblemList } from './problem-list.ts';
import type { Problem } from './problem.ts';
import { quoted } from './printable-text.ts';
import { readYaml } from './read-yaml.ts';
import { schemaFaults } from './schema-faults.ts';
import type { Fault } from './schema-faults.ts';
import { didYouMean } from './did-you-mean.ts';
import { partName } from './fault-message.ts';
import { SourceText } from './source-text.ts';
import type { Span } from './source-text.ts';
import type { Limits } from './step-limits.ts';

/** What is admitted of a specification that others have written. What it says nothing of, it admits. */
export interface BuildPolicy {
  /** The actions whose tools of the host may be used: of `debootstrap` and `git`. */
  readonly tools?: readonly string[];
  /** The hosts that steps may name, in lower case: each a name, or `*.` and what a name ends with. */
  readonly hosts?: readonly string[];
  /** The most that a step may have of each. */
  readonly limits?: Omit<Limits, 'strict'>;
  /** The longest that an attempt may be allowed. */
  readonly timeoutMs?: number;
}

/** A policy, or everything that is wrong with it. */
export type BuildPolicyResult =
  | { readonly type: 'parsed'; readonly policy: BuildPolicy }
  | { readonly type: 'invalid'; readonly problems: readonly Problem[] };

const { strict: _, ...BOUNDS } = LIMITS_SCHEMA['properties'] as Record<string, JsonObject>;

/** The JSON Schema (draft 2020-12) of a policy for builds. */
export const buildPolicySchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:contractor:build-policy',
  title: 'Policy for builds',
  description:
    'What is admitted of a specification that others have written. What the policy says nothing of, it admits.',
  type: 'object',
  properties: {
    tools: {
      description: 'The actions whose tools of the host may be used. Empty: none.',
      type: 'array',
      items: { enum: ['debootstrap', 'git'] },
      uniqueItems: true,
      examples: [['debootstrap']],
    },
    hosts: {
      description:
        'The hosts that the addresses of steps may name: names, or `*.` and the end of names. Empty: none. The mirror of this host itself, where a step names none, is always admitted.',
      type: 'array',
      items: {
        type: 'string',
        pattern: '^(?:\\*\\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$|^\\[[0-9a-f:.]{2,45}\\]$',
        patternErrorMessage:
          'must be the name of a host in lower case, such as `deb.debian.org`, or `*.example.org`; without scheme, port and path',
      },
      uniqueItems: true,
      examples: [['deb.debian.org', '*.example.org']],
    },
    limits: {
      description:
        'The most that a step may have of each. One that asks for more, or has no limit where one is set, is refused.',
      type: 'object',
      properties: BOUNDS,
      additionalProperties: false,
    },
  },
  additionalProperties: false,
  examples: [{ tools: ['debootstrap'], hosts: ['deb.debian.org'], limits: { memory: '8G', timeout: '2h' } }],
};

/** Reads a policy. Never throws, whatever the text. */
export function parseBuildPolicy(text: string, fileName: string): BuildPolicyResult {
  const source = new SourceText(text);
  const problems = new ProblemList(source, fileName);
  const document = readYaml(source, problems);
  if (document !== undefined) {
    problems.beginPhase();
    for (const fault of schemaFaults(buildPolicySchema, document.root)) report(fault, { document, problems });
  }
  if (document === undefined || !problems.isEmpty) return { type: 'invalid', problems: problems.sorted() };
  const { tools, hosts, limits: given } = document.root as JsonObject & Pick<BuildPolicy, 'tools' | 'hosts'>;
  const { limits, timeoutMs } = limitsOf([given]);
  return {
    type: 'parsed',
    policy: {
      ...(tools === undefined ? {} : { tools }),
      ...(hosts === undefined ? {} : { hosts }),
      ...(Object.keys(limits).length === 0 ? {} : { limits }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
  };
}

function report(
  { code, message, path, key, meant, choices }: Fault,
  { document, problems }: { readonly document: LocatedValue; readonly problems: ProblemList },
): void {
  const holder = path.reduce<unknown>(
    (value, step) => (value as Record<string | number, unknown>)[step],
    document.root,
  );
  const within = path.length === 0 ? '' : ` of ${partName(path)}`;
  const span: Span | undefined =
    key !== undefined && typeof holder === 'object' && holder !== null
      ? document.keySpan(holder, key)
      : document.spanAt(path);
  const suggestion =
    meant === undefined
      ? choices !== undefined && typeof holder === 'string'
        ? didYouMean(holder, choices)
        : undefined
      : `did you mean ${quoted(meant)}?`;
  problems.report({
    code,
    message: code === 'KEY_UNKNOWN' ? `unknown key ${quoted(key ?? '')}${within}` : message,
    span: span ?? { start: 0, end: 0 },
    suggest: () => suggestion,
  });
}
