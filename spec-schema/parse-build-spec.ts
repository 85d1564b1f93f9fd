import type { ActionDeclaration } from './action-declaration.ts';
import type { BuildSpec, Json, JsonObject, Project, Step } from './build-spec.ts';
import { checkReferences, type Needs } from './check-references.ts';
import { checkStructure, type ReadProject, type ReadStep } from './check-structure.ts';
import { durationMs } from './duration.ts';
import { limitsOf } from './limits.ts';
import { jsonText } from './json-text.ts';
import type { LocatedValue } from './located-value.ts';
import { cut, printable } from './printable-text.ts';
import type { Problem } from './problem.ts';
import { ProblemList } from './problem-list.ts';
import { readYaml } from './read-yaml.ts';
import { SourceText, type Position, type Span } from './source-text.ts';
import { runsOnOf } from './runs-on.ts';
import { parametersOf } from './step-parameters.ts';

export interface ParseOptions {
  /** What problems call the text. It is not read. */
  readonly fileName: string;
  readonly actions: readonly ActionDeclaration[];
  /** The names of the artifacts in the store. Absent: an artifact that no project makes is taken to be there. */
  readonly heldArtifacts?: ReadonlySet<string>;
  /** What is wrong with a specification that its text cannot tell. Asked only of one that is right as far as that can. */
  readonly findMore?: (spec: BuildSpec) => readonly FoundProblem[];
}

/** A problem, and the path of keys and indices from the top to the value that has it. */
export interface FoundProblem extends Pick<Problem, 'code' | 'message' | 'suggestion'> {
  readonly path: readonly (string | number)[];
}

/** A specification that can be built, as far as its text can tell, or everything that is wrong with it. */
export type ParseResult =
  | {
      readonly type: 'parsed';
      readonly spec: BuildSpec;
      /** Where the value at the end of a path of keys and indices is written: `locate(['projects', 0, 'build-steps', 2, 'suite'])`. */
      readonly locate: (path: readonly (string | number)[]) => Position | undefined;
    }
  | {
      readonly type: 'invalid';
      /** At least one, in the order of the text. */
      readonly problems: readonly Problem[];
    };

/**
 * Reads a build specification. Never throws, whatever the text: each of its
 * mistakes is a problem, and all of them are given at once.
 *
 * The same text gives the same specification, byte for byte.
 */
export function parseBuildSpec(
  text: string,
  { fileName, actions, heldArtifacts, findMore }: ParseOptions,
): ParseResult {
  const source = new SourceText(text);
  const problems = new ProblemList(source, fileName);
  const document = readYaml(source, problems);
  if (document === undefined) return { type: 'invalid', problems: problems.sorted() };

  problems.beginPhase();
  const projects = checkStructure(document, { source, problems, actions });
  problems.beginPhase();
  const needs = checkReferences(projects, { document, source, problems, heldArtifacts });
  if (!problems.isEmpty) return { type: 'invalid', problems: problems.sorted() };

  const spec = { projects: projects.map((project) => toProject(project, { needs, root: document.root })) };
  for (const { path, code, message, suggestion } of findMore?.(spec) ?? []) {
    problems.report({ code, message, span: nearestSpan(document, path), suggest: () => suggestion });
  }
  if (!problems.isEmpty) return { type: 'invalid', problems: problems.sorted() };
  return {
    type: 'parsed',
    spec,
    locate: (path) => {
      const span = spanOf(document, path);
      return span && source.positionAt(span.start);
    },
  };
}

/**
 * Reads a build specification that a program has made rather than written: the
 * same keys, as plain JSON values. Problems show where they are in its JSON.
 */
export function parseBuildSpecObject(value: unknown, options: Omit<ParseOptions, 'fileName'>): ParseResult {
  const fileName = 'specification object';
  const json = jsonText(value);
  if (json.type === 'text') return parseBuildSpec(json.text, { ...options, fileName });
  const source = new SourceText('');
  const problems = new ProblemList(source, fileName);
  problems.report({ code: json.code, message: json.message, span: { start: 0, end: 0 } });
  return { type: 'invalid', problems: problems.sorted() };
}

function toProject(
  { name = '', mapping, steps }: ReadProject,
  { needs, root }: { readonly needs: Needs; readonly root: Json },
): Project {
  const dependsOn = [...(needs.get(name)?.keys() ?? [])];
  const around = [(root as JsonObject)['limits'], mapping['limits']];
  const runsOn = runsOnOf(mapping['runs-on']);
  return {
    name,
    dependsOn,
    ...(runsOn === undefined ? {} : { runsOn }),
    ...(mapping['checkpoint'] === 'step' ? { checkpoint: 'step' as const } : {}),
    steps: steps.map((step, index) => toStep(step, { index, around })),
  };
}

function toStep(
  step: ReadStep,
  { index, around }: { readonly index: number; readonly around: readonly unknown[] },
): Step {
  const { mapping, declaration } = step;
  const action = declaration?.name ?? '';
  const { timeout, retries } = mapping;
  const { limits, timeoutMs } = limitsOf([...around, mapping['limits']]);
  const ownTimeout = typeof timeout === 'number' || typeof timeout === 'string' ? durationMs(timeout) : timeoutMs;
  return {
    id: `${index + 1}-${action}`,
    title: titleOf(step),
    action,
    parameters: parametersOf(step),
    ...(ownTimeout === undefined ? {} : { timeoutMs: ownTimeout }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(typeof retries === 'number' ? { retries } : {}),
    ...(mapping['cache'] === 'never' ? { cache: 'never' as const } : {}),
    continueOnFailure: mapping['continue-on-failure'] === true,
  };
}

function titleOf(step: ReadStep): string {
  const { mapping, declaration } = step;
  if (typeof mapping['name'] === 'string') return mapping['name'];
  const told = parametersOf(step)[declaration?.titleParameter ?? ''];
  if (typeof told !== 'string' && typeof told !== 'number') return declaration?.name ?? '';
  const line =
    String(told)
      .split('\n')
      .find((line) => line.trim() !== '') ?? '';
  return `${declaration?.name} ${cut(printable(line.trim()), 60)}`.trimEnd();
}

/** `build-steps` and `actions` are one key to whoever asks. */
function spanOf(document: LocatedValue, path: readonly (string | number)[]): Span | undefined {
  const synonym = { 'build-steps': 'actions', actions: 'build-steps' } as const;
  const other = path.map((key, index) =>
    index === 2 && (key === 'build-steps' || key === 'actions') ? synonym[key] : key,
  );
  return document.spanAt(path) ?? document.spanAt(other);
}

/** Where the value is written, or the nearest around it that is. */
function nearestSpan(document: LocatedValue, path: readonly (string | number)[]): Span {
  const span = spanOf(document, path);
  if (span !== undefined) return span;
  return path.length === 0 ? { start: 0, end: 0 } : nearestSpan(document, path.slice(0, -1));
}
