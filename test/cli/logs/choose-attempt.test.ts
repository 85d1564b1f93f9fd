import { describe, expect, test } from 'vitest';
import { chosenAttempt, namedRun, stepWords } from '../../../cli/logs/choose-attempt.ts';
import { ContractorError } from '../../../index.ts';
import type { AttemptDetails, Outcome, RunDetails } from '../../../index.ts';

const failed: Outcome = { type: 'failed', exitCode: 1 };
const succeeded: Outcome = { type: 'succeeded' };

/** An attempt that began at `startedAt`, and has ended if it has an outcome. */
const attempt = (number: number, startedAt: number, outcome?: Outcome): AttemptDetails => ({
  id: `at${startedAt}`,
  number,
  startedAt,
  ...(outcome === undefined ? {} : { outcome, endedAt: startedAt + 1 }),
});

const run = (...projects: [string, ...AttemptDetails[][]][]): RunDetails => ({
  id: 'r1',
  specName: 'build.yaml',
  createdAt: 0,
  state: 'running',
  projects: projects.map(([name, ...steps]) => ({
    name,
    steps: steps.map((attempts, index) => ({ id: `${index + 1}-shell`, title: 'shell', attempts })),
  })),
});

const chosen = (details: RunDetails, text: string, options: { attempt?: number; follow?: boolean } = {}): string => {
  const { project, step, attempt } = chosenAttempt(details, stepWords(text), options);
  return `${project}:${step}:${attempt.number}`;
};

const allKinds = run(
  ['a', [attempt(1, 1, succeeded)], [attempt(1, 2, failed), attempt(2, 4, failed)]],
  ['b', [attempt(1, 3, succeeded)], [attempt(1, 5)], []],
  ['c', []],
);

describe('without a step', () => {
  test('the one that failed is meant first', () => {
    expect(chosen(allKinds, '')).toBe('a:2-shell:2');
  });

  test('else the one that runs', () => {
    expect(chosen(allKinds, 'r1:b')).toBe('b:2-shell:1');
  });

  test('else the last', () => {
    const done = run(
      ['a', [attempt(1, 1, succeeded)]],
      ['b', [attempt(1, 9, succeeded)]],
      ['c', [attempt(1, 5, succeeded)]],
    );
    expect(chosen(done, '')).toBe('b:1-shell:1');
  });

  test('a step that failed at first and then succeeded has not failed', () => {
    const mended = run(['a', [attempt(1, 1, failed), attempt(2, 2, succeeded)], [attempt(1, 3, succeeded)]]);
    expect(chosen(mended, '')).toBe('a:2-shell:1');
  });

  test('whoever follows wants the one that runs', () => {
    expect(chosen(allKinds, '', { follow: true })).toBe('b:2-shell:1');
  });

  test('of two failures the newer is meant', () => {
    const twice = run(['a', [attempt(1, 8, failed)]], ['b', [attempt(1, 3, failed)]]);
    expect(chosen(twice, '')).toBe('a:1-shell:1');
  });
});

test.each([
  ['r1:a:1', '1-shell'],
  ['r1:a:1-shell', '1-shell'],
  [':a:2', '2-shell'],
])('`%s` names a step', (text, step) => {
  expect(chosen(allKinds, text)).toMatch(`a:${step}:`);
});

test('an attempt can be asked for', () => {
  expect(chosen(allKinds, ':a:2', { attempt: 1 })).toBe('a:2-shell:1');
});

test.each([
  [':x', 'PROJECT_UNKNOWN', 'a, b, c'],
  [':a:9', 'STEP_UNKNOWN', '1-shell, 2-shell'],
  [':a:0', 'STEP_UNKNOWN', '1-shell, 2-shell'],
  [':a:shell', 'STEP_UNKNOWN', '1-shell, 2-shell'],
  [':b:3', 'STEP_UNKNOWN', 'contractor status r1'],
  [':c', 'STEP_UNKNOWN', 'contractor status r1'],
])('`%s` is refused with %s', (text, code, mend) => {
  expect(() => chosen(allKinds, text)).toThrow(
    expect.objectContaining({ code, mend: expect.stringContaining(mend) as string }),
  );
});

test('an attempt that there is not is refused', () => {
  expect(() => chosen(allKinds, ':a:1', { attempt: 7 })).toThrow('There is no attempt 7 of r1:a:1.');
});

test.each(['a:b:c:d', 'r1::2', '::2'])('`%s` names no step', (text) => {
  expect(() => stepWords(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

test('a word that is no run may be a project of the newest', () => {
  const known = {
    run: (id?: string) => {
      if (id === undefined || id === 'r1') return allKinds;
      throw new ContractorError('RUN_UNKNOWN', `There is no run \`${id}\`.`, '');
    },
  };
  expect(namedRun('a:2', known).words).toEqual({ project: 'a', step: '2' });
  expect(namedRun('b', known).words).toEqual({ project: 'b' });
  expect(namedRun('r1:a', known).words).toEqual({ run: 'r1', project: 'a' });
  for (const text of ['nobody:2', 'a:b:2']) expect(() => namedRun(text, known)).toThrow('There is no run');
});
