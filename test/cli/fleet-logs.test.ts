import { readFileSync } from 'node:fs';
import { assert, expect, onTestFinished, test } from 'vitest';
import { FleetLogs, scratchDirectory } from '../../cli/fleet/fleet-logs.ts';

/** Copies of the logs of steps 1 and 2 of one project, which a database gives a letter at a time. */
function logsOf(texts: Readonly<Record<string, string>>): FleetLogs {
  const directory = scratchDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  const steps = Object.keys(texts).map((id) => ({ id, title: id, attempts: [{ id, number: 1, startedAt: 0 }] }));
  return new FleetLogs(directory.path, {
    detailsOf: async (run) => ({
      id: run,
      specName: 'build.yaml',
      createdAt: 0,
      state: 'running',
      projects: [{ name: 'p', steps }],
    }),
    partsOf: async ({ attempt, from }) => {
      const letter = texts[attempt]?.charAt(from) ?? '';
      return letter === '' ? [] : [Buffer.from(letter)];
    },
  });
}

const named = (step: string) => ({ run: 'r', project: 'p', step, attempt: 1 });

test('a log that is asked for twice at once is copied whole, and once', async () => {
  const logs = logsOf({ one: 'first\n' });
  const paths = await Promise.all([logs.fileOf(named('one')), logs.fileOf(named('one'))]);
  expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['first\n', 'first\n']);
});

test('an attempt that there is not is refused, and gives its file to no other', async () => {
  const logs = logsOf({ one: 'first\n', two: 'second\n' });
  const [refused, one] = await Promise.allSettled([logs.fileOf(named('none')), logs.fileOf(named('one'))]);
  const two = await logs.fileOf(named('two'));
  expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'STEP_UNKNOWN' } });
  assert(one.status === 'fulfilled');
  expect([one.value, two].map((path) => readFileSync(path, 'utf8'))).toEqual(['first\n', 'second\n']);
});
