import { expect, test } from 'vitest';
import { summaryOf, type Run } from '../../scripts/test-summary.ts';

const run = (as: Run['as'], tests: Record<string, string>, status = 'passed'): Run => ({
  name: `${as}-host`,
  as,
  report: {
    testResults: [
      {
        name: 'a.host.test.ts',
        status,
        message: '',
        assertionResults: Object.entries(tests).map(([fullName, state]) => ({ fullName, status: state })),
      },
    ],
  },
});

test('sums up all runs', () => {
  const runs = [run('root', { a: 'passed', b: 'failed' }, 'failed'), run('user', { a: 'passed', b: 'passed' })];
  expect(summaryOf(runs)).toEqual({ passed: 3, failed: 1, skipped: [], forOthers: 0 });
});

test('names each test that did not run, with the run that left it out', () => {
  expect(summaryOf([run('user', { a: 'skipped', b: 'pending', c: 'todo' })]).skipped).toEqual([
    'a (user-host)',
    'b (user-host)',
    'c (user-host)',
  ]);
});

test('takes a test for the other kind of user as left out on purpose, and only for that one', () => {
  const tests = { 'maps a range, as root': 'skipped' };
  expect(summaryOf([run('user', tests)])).toMatchObject({ skipped: [], forOthers: 1 });
  expect(summaryOf([run('root', tests)])).toMatchObject({
    skipped: ['maps a range, as root (root-host)'],
    forOthers: 0,
  });
});

test('counts a file that could not be loaded as a failure', () => {
  expect(summaryOf([run('root', {}, 'failed')]).failed).toBe(1);
});
