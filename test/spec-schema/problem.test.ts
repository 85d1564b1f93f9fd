import { describe, expect, test } from 'vitest';
import { parseBuildSpec } from '../../spec-schema/parse-build-spec.ts';
import type { ParseResult } from '../../spec-schema/parse-build-spec.ts';
import {
  formatProblem,
  formatProblems,
  PROBLEM_CODES,
  type Problem,
  type ProblemCode,
} from '../../spec-schema/problem.ts';
import { declarations } from './declarations.ts';
import { parse, parseObject, problemsOf, withSteps } from './parsing.ts';

const artifact = (action: string): string => `action: ${action}\nartifact-name: x`;
const container = `${artifact('create-systree')}\ncontainer-name: c`;
const two =
  'projects:\n- {project: a, actions: [{action: empty-workspace}]}\n- {project: a, actions: [{action: empty-workspace}]}\n';

/** A specification for every code that has this problem and no other. The type asks for one when a code is added. */
const oneOfEach: Record<ProblemCode, () => ParseResult> = {
  DOCUMENT_TOO_LARGE: () => parse(`#${'x'.repeat(1024 * 1024)}`),
  NESTING_TOO_DEEP: () => parse('['.repeat(1000)),
  TOO_MANY_NODES: () => parse(`x-a: [${'[],'.repeat(200_000)}]`),
  YAML_SYNTAX: () => parse('projects: ['),
  YAML_TAG: () => parse(withSteps('!step {action: empty-workspace}')),
  ALIAS_UNKNOWN: () => parse(withSteps('action: git\nurl: *nowhere')),
  MERGE_OF_NO_MAPPING: () => parse(withSteps('<<: 1\naction: empty-workspace')),
  KEY_TWICE: () => parse(withSteps('action: git\nurl: x\nurl: y')),
  CHARACTER_FORBIDDEN: () => parse(withSteps('action: git\nurl: "\\0"')),
  NOT_JSON: () => parseObject({ projects: () => [] }),
  KEY_UNKNOWN: () => parse(withSteps('action: empty-workspace\nsize: 1')),
  KEY_MISSING: () => parse(withSteps('action: git')),
  STEPS_TWICE: () => parse(`${withSteps('action: empty-workspace')}  actions: [{action: empty-workspace}]\n`),
  ACTION_UNKNOWN: () => parse(withSteps('action: compile')),
  WRONG_TYPE: () => parse(withSteps('action: git\nurl: 1')),
  WRONG_VALUE: () => parse(withSteps('action: git\nurl: x\ndepth: 0')),
  PROJECT_TWICE: () => parse(two),
  PROJECT_UNKNOWN: () => parse(`${withSteps('action: empty-workspace')}  depends-on: [q]\n`),
  ARTIFACT_UNKNOWN: () => parse(withSteps(artifact('unpack-artifact'))),
  ARTIFACT_TWICE: () => parse(withSteps(artifact('create-artifact'), artifact('create-artifact'))),
  ARTIFACT_TOO_EARLY: () => parse(withSteps(artifact('unpack-artifact'), artifact('create-artifact'))),
  CONTAINER_UNKNOWN: () => parse(withSteps('action: shell\nshell: "true"')),
  CONTAINER_TWICE: () => parse(withSteps(container, container), ['x']),
  DEPENDENCY_CYCLE: () => parse(`${withSteps('action: empty-workspace')}  depends-on: [p]\n`),
  REPOSITORY_KEY: () => {
    const found = { path: ['projects', 0], code: 'REPOSITORY_KEY', message: 'x' } as const;
    const text = withSteps('action: empty-workspace');
    return parseBuildSpec(text, { fileName: 'build.yaml', actions: declarations, findMore: () => [found] });
  },
  TOO_MANY_PROBLEMS: () => parse(withSteps(...Array.from({ length: 1003 }, () => 'action: x'))),
};

describe('each problem', () => {
  test.each(PROBLEM_CODES)('%s comes alone from the specification that has it', (code) => {
    const codes = new Set(problemsOf(oneOfEach[code]()).map(({ code }) => code));
    expect([...codes]).toEqual(code === 'TOO_MANY_PROBLEMS' ? ['ACTION_UNKNOWN', code] : [code]);
  });
});

const problem: Problem = {
  code: 'KEY_UNKNOWN',
  message: 'unknown step parameter `sute`',
  fileName: 'build.yaml',
  line: 4,
  column: 5,
  frame: '  4 |     sute: unstable\n    |     ^^^^',
};

test('a problem is printed with its place, its line and the suggestion behind the carets', () => {
  expect(formatProblem({ ...problem, suggestion: 'did you mean `suite`?' })).toBe(
    `build.yaml:4:5: error: unknown step parameter \`sute\`
  4 |     sute: unstable
    |     ^^^^ did you mean \`suite\`?`,
  );
});

test('the name of a file cannot steer the terminal', () => {
  expect(formatProblem({ ...problem, fileName: '\x1b[2J.yaml' }).split('\n')[0]).toBe(
    '␛[2J.yaml:4:5: error: unknown step parameter `sute`',
  );
});

test('problems are printed one under the other', () => {
  expect(formatProblems([problem, problem])).toBe(`${formatProblem(problem)}\n${formatProblem(problem)}`);
});

test('beyond a thousand problems the rest are counted', () => {
  const last = problemsOf(oneOfEach.TOO_MANY_PROBLEMS()).at(-1);
  expect(last?.message).toBe('and 3 more problems; only 1000 are shown');
});

test('no specification, however wrong, prints a control character', () => {
  for (const code of PROBLEM_CODES) expect(formatProblems(problemsOf(oneOfEach[code]()))).not.toMatch(/[^\n\P{Cc}]/u);
});
