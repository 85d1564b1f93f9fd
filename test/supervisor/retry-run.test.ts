import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import { retryOf } from '../../supervisor/retry-run.ts';
import type { RunOptions } from '../../supervisor/run-options.ts';
import { sampleRun } from '../store/sample-records.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';

/** What a run with these options, and one project that was not built, is built again by. */
function retried(options: Omit<RunOptions, 'directory'>, asked: Parameters<typeof retryOf>[2] = {}): object {
  const store = openStore(temporaryDirectory());
  onTestFinished(() => store.close());
  const source = '/source/build.yaml';
  store.createRun({
    ...sampleRun('r1', { source }),
    options: { directory: '/source', ...options } satisfies RunOptions,
  });
  store.endRun('r1', { endedAt: 5000, result: 'failed' });
  return retryOf(store, 'r1', asked).options;
}

test('[A-208] a run that is built again is strict, offline and goes on after failures when the first was', () => {
  expect(retried({ strict: true })).toMatchObject({ strict: true, retryOf: 'r1' });
  expect(retried({ offline: true })).toMatchObject({ offline: true });
  expect(retried({ keepGoing: true })).toMatchObject({ keepGoing: true });
  const plain = retried({});
  for (const option of ['strict', 'offline', 'keepGoing']) expect(plain).not.toHaveProperty(option);
});

test('[A-208] it may copy from what the first was allowed to, and from what is allowed now', () => {
  expect(retried({ allowedSources: ['/a'] }, { allowSources: ['/b'] })).toMatchObject({ allowSources: ['/a', '/b'] });
});

test('[A-208] it takes results over, and pauses nowhere, whatever the first was asked for', () => {
  const pausing = { onFailure: true, before: {} };
  const options = retried({ noCache: true, rebuild: ['p'], pausing }, { jobs: 2 });
  expect(options).toMatchObject({ jobs: 2 });
  for (const option of ['noCache', 'rebuild', 'fresh', 'onFailure', 'breakBefore']) {
    expect(options).not.toHaveProperty(option);
  }
});
