import { parseBuildSpec, parseBuildSpecObject, type ParseResult } from '../../spec-schema/parse-build-spec.ts';
import { formatProblems, type Problem } from '../../spec-schema/problem.ts';
import type { BuildSpec } from '../../spec-schema/build-spec.ts';
import { declarations } from './declarations.ts';

/** Parses with the declarations of the tests and an empty store. */
export function parse(text: string, held: readonly string[] = []): ParseResult {
  return parseBuildSpec(text, { fileName: 'build.yaml', actions: declarations, heldArtifacts: new Set(held) });
}

export function parseObject(value: unknown, held: readonly string[] = []): ParseResult {
  return parseBuildSpecObject(value, { actions: declarations, heldArtifacts: new Set(held) });
}

/** The specification; the problems as an error when there are any. */
export function specOf(result: ParseResult): BuildSpec {
  if (result.type === 'invalid') throw new Error(formatProblems(result.problems));
  return result.spec;
}

export function problemsOf(result: ParseResult): readonly Problem[] {
  return result.type === 'invalid' ? result.problems : [];
}

/** The problems as a person sees them, with a line break before, so that they line up in a snapshot. */
export function shown(result: ParseResult): string {
  return `\n${formatProblems(problemsOf(result))}\n`;
}

/** A specification of one project `p` with these steps, each a line or lines of YAML. */
export function withSteps(...steps: readonly string[]): string {
  const items = steps.map((step) => `  - ${step.replaceAll('\n', '\n    ')}`);
  return ['projects:', '- project: p', '  build-steps:', ...items, ''].join('\n');
}
