import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import { resumableRuns } from '../../supervisor/resume-run.ts';
import { sampleRun } from '../store/sample-records.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';

test('what is to be gone on with is unfinished, and taken over by no newer run; oldest first', () => {
  const store = openStore(temporaryDirectory());
  onTestFinished(() => store.close());
  store.createRun(sampleRun('r1', { createdAt: 1000 }));
  store.createRun(sampleRun('r2', { createdAt: 2000 }));
  store.createRun(sampleRun('r3', { createdAt: 3000, continues: 'r1' }));
  store.createRun(sampleRun('r4', { createdAt: 4000 }));
  store.endRun('r4', { endedAt: 5000, result: 'failed' });
  store.createRun(sampleRun('r5', { createdAt: 6000, continues: 'r3' }));
  expect(resumableRuns(store)).toEqual(['r2', 'r5']);
});
