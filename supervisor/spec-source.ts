import type { ActionSet } from '../actions/action-set.ts';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ContractorError } from '../errors.ts';
import type { BuildSpec, Project } from '../spec-schema/build-spec.ts';
import { neededBy } from '../spec-schema/dependency-graph.ts';
import { nearest } from '../spec-schema/did-you-mean.ts';
import { parseBuildSpec, parseBuildSpecObject } from '../spec-schema/parse-build-spec.ts';
import type { ParseOptions, ParseResult } from '../spec-schema/parse-build-spec.ts';
import { formatProblems } from '../spec-schema/problem.ts';

/** A specification as text or as an object; `directory` is what its relative paths start from (default: the file's, else the working directory). */
export type SpecSource = { readonly fileName?: string; readonly directory?: string } & (
  { readonly text: string } | { readonly value: unknown }
);

/** What a specification is read with: the artifacts that the store holds, where these count, and what steps can do. */
export interface ReadWith extends Pick<ParseOptions, 'findMore' | 'heldArtifacts'> {
  readonly actions: Pick<ActionSet, 'declarations'>;
}

/** Every problem of a specification, or the specification; see {@link ParseOptions} for `findMore`. */
export function parseSource(
  source: SpecSource,
  { heldArtifacts, actions: { declarations }, findMore }: ReadWith,
): ParseResult {
  const fileName = source.fileName ?? 'build.yaml';
  const options = {
    actions: declarations,
    ...(heldArtifacts === undefined ? {} : { heldArtifacts }),
    ...(findMore === undefined ? {} : { findMore }),
  };
  return 'text' in source
    ? parseBuildSpec(source.text, { fileName, ...options })
    : parseBuildSpecObject(source.value, options);
}

/** The specification, or `SPEC_INVALID` with all problems in its message. */
export function specOf(source: SpecSource, readWith: ReadWith): BuildSpec {
  const result = parseSource(source, readWith);
  if (result.type === 'parsed') return result.spec;
  const { problems } = result;
  throw new ContractorError(
    'SPEC_INVALID',
    `${formatProblems(problems)}\n${problems.length === 1 ? '1 problem' : `${problems.length} problems`}`,
    'Correct the specification; `contractor schema` gives the JSON Schema that editors complete and explain it by.',
  );
}

/** What a specification is called that has no name. */
export const OBJECT_NAME = 'specification object';

/** What relative paths of a specification start from. */
export function directoryOf({ directory, fileName }: SpecSource): string {
  return resolve(directory ?? (fileName === undefined ? '.' : dirname(fileName)));
}

/** The file that a specification is of, absolute; null when it is of none. */
export function fileOf(source: SpecSource): string | null {
  const { fileName } = source;
  if (!('text' in source) || fileName === undefined || fileName.startsWith('<')) return null;
  return join(directoryOf(source), basename(fileName));
}

/** SHA-256 of its text, in hex. */
export function specDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The named projects with all they need, in an order in which they can be built; all, when none is named. */
export function chosenProjects(
  spec: BuildSpec,
  names: readonly string[] | undefined,
  { dependents = false }: { readonly dependents?: boolean } = {},
): readonly Project[] {
  const all = spec.projects.map((project) => project.name);
  const unknown = names?.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, all);
    throw new ContractorError(
      'PROJECT_UNKNOWN',
      `The specification has no project \`${unknown}\`.`,
      near === undefined ? `It has ${all.map((name) => `\`${name}\``).join(', ')}.` : `Did you mean \`${near}\`?`,
    );
  }
  if (names === undefined || names.length === 0) return neededBy(spec, all);
  return neededBy(spec, dependents ? [...names, ...dependentsOf(spec, names)] : names);
}

/** The projects that need one of these, directly or not. */
function dependentsOf({ projects }: BuildSpec, names: readonly string[]): readonly string[] {
  const users = new Map<string, string[]>();
  for (const { name, dependsOn } of projects) {
    for (const needed of dependsOn) users.set(needed, [...(users.get(needed) ?? []), name]);
  }
  const found = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const user of users.get(name) ?? []) {
      if (found.has(user)) continue;
      found.add(user);
      open.push(user);
    }
  }
  return [...found];
}

/** A source that is a file. Throws `SPEC_UNREADABLE`. */
export function readSpecFile(path: string): SpecSource {
  try {
    return { fileName: path, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (cause) {
    throw new ContractorError(
      'SPEC_UNREADABLE',
      `The specification \`${path}\` cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Name a file of UTF-8 text that you may read.',
      { cause },
    );
  }
}
