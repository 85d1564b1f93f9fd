import { printable } from './printable-text.ts';

/**
 * Every kind of problem a specification can have. Codes are public API: one is
 * never reused for another meaning. `docs/errors.md` has a row for each.
 */
export const PROBLEM_CODES = [
  // The document as such.
  'DOCUMENT_TOO_LARGE',
  'NESTING_TOO_DEEP',
  'TOO_MANY_NODES',
  'YAML_SYNTAX',
  'YAML_TAG',
  'ALIAS_UNKNOWN',
  'MERGE_OF_NO_MAPPING',
  'KEY_TWICE',
  'CHARACTER_FORBIDDEN',
  'NOT_JSON',
  // Keys and values.
  'KEY_UNKNOWN',
  'KEY_MISSING',
  'STEPS_TWICE',
  'ACTION_UNKNOWN',
  'WRONG_TYPE',
  'WRONG_VALUE',
  // What they refer to.
  'PROJECT_TWICE',
  'PROJECT_UNKNOWN',
  'ARTIFACT_UNKNOWN',
  'ARTIFACT_TWICE',
  'ARTIFACT_TOO_EARLY',
  'CONTAINER_UNKNOWN',
  'CONTAINER_TWICE',
  'DEPENDENCY_CYCLE',
  'REPOSITORY_KEY',
  // More than anyone reads.
  'TOO_MANY_PROBLEMS',
] as const;

/** One of {@link PROBLEM_CODES}. */
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** What is wrong at one place of a specification. Plain JSON. */
export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly fileName: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in characters. */
  readonly column: number;
  /** What to write instead, where that can be guessed: "did you mean `suite`?". */
  readonly suggestion?: string;
  /** The line with carets under the place; two lines of text, safe to print. */
  readonly frame: string;
}

/**
 * A problem as it is printed:
 *
 *     build.yaml:4:5: error: unknown step parameter `sute`
 *       4 |     sute: unstable
 *         |     ^^^^ did you mean `suite`?
 */
export function formatProblem(problem: Problem): string {
  const { fileName, line, column, message, frame, suggestion } = problem;
  const hint = suggestion === undefined ? '' : ` ${suggestion}`;
  return `${printable(fileName)}:${line}:${column}: error: ${message}\n${frame}${hint}`;
}

/** All of them, as they are printed: one under the other. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join('\n');
}
