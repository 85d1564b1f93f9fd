import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../../store/open-store.ts';
import type { Store } from '../../../store/open-store.ts';
import { sampleAttempt, sampleRun } from '../sample-records.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const STEP = '1 shell make';
const bootId = 'boot';

/** A store in which `r2` takes over what `r1` has made: both steps, one of them with a result in other words. */
function storeWith(record: (store: Store) => void): Store {
  const store = openStore(join(temporaryDirectory(), 's'));
  onTestFinished(() => store.close());
  for (const id of ['r1', 'r2']) store.createRun(sampleRun(id));
  for (const [id, project] of [
    ['a1', 'compile'],
    ['a2', 'pack'],
  ] as const) {
    store.beginAttempt(sampleAttempt(id, { project, key: `k${id}`, keyInputs: { shell: id } }));
    store.transaction(() => {
      store.recordLayer({ id: `l${id}`, attempt: id, sealedAt: 1, kind: 'workspace' });
      const outcome = { type: 'succeeded' };
      store.endAttempt(id, { endedAt: 3000, outcome, layer: `l${id}`, result: { tree: id } });
    });
  }
  record(store);
  return store;
}

/** As rows, one by one. */
function atOnce(store: Store): void {
  for (const [id, project, from, result] of [
    ['b1', 'compile', 'a1', undefined],
    ['b2', 'pack', 'a2', { tree: 'a2', version: 7 }],
  ] as const) {
    const made = store.getAttempt(from);
    if (made?.type !== 'ended') throw new Error('it has ended');
    const row = { run: 'r2', project, keeper: '', startedAt: 9000, key: `k${from}`, keyInputs: { shell: from } };
    store.reuseAttempt(sampleAttempt(id, row), made, result);
  }
}

/** As a text, in one go. */
function noted(store: Store): void {
  const steps = [
    { id: 'b1', project: 'compile', step: STEP, from: 'a1' },
    { id: 'b2', project: 'pack', step: STEP, from: 'a2', result: { tree: 'a2', version: 7 } },
  ];
  store.noteTakenOver('r2', steps, { bootId, at: 9000 });
}

const reads: Readonly<Record<string, (store: Store) => unknown>> = {
  listAttempts: (store) => store.listAttempts('r2'),
  'listAttempts of a project': (store) => store.listAttempts('r2', 'pack'),
  lastResult: (store) => store.lastResult('r2', 'pack'),
  lastAttempt: (store) => store.lastAttempt('r2', 'compile', STEP),
  answeringAttempt: (store) => store.answeringAttempt('r2', 'compile', STEP, 1),
  succeededAttempt: (store) => store.succeededAttempt('r2', 'compile', STEP),
  stepsDone: (store) => [...store.stepsDone('r2')],
  'garbageFacts, and what the attempts depended on': (store) => [
    store.garbageFacts(),
    ['b1', 'b2'].map((id) => store.keyInputs(id)),
  ],
};

test.each(Object.entries(reads))('%s: what a run takes over in one go reads like rows', (_, read) => {
  const rows = read(storeWith(atOnce));
  expect(rows).not.toBeUndefined();
  expect(read(storeWith(noted))).toEqual(rows);
});

const changes: Readonly<Record<string, (store: Store) => void>> = {
  forgetUndurable: (store) => void store.forgetUndurable('next boot', 9999),
  forgetFrom: (store) => store.forgetFrom('a1'),
  forgetLayer: (store) => store.forgetLayer('la1'),
  forgetKeys: (store) => store.forgetKeys('r1', 'compile'),
  'the removal of the run that made it': (store) => {
    const facts = store.garbageFacts();
    expect(facts.attempts.map(({ id }) => id)).toEqual(['a1', 'a2', 'b1', 'b2']);
    store.forget({ runs: ['r1'], attempts: ['a1'], unkeyed: [], layers: ['la1'], artifacts: [], doomed: [] }, 9999);
  },
};

test.each(Object.entries(changes))('%s: it is as if rows had been there before', (_, change) => {
  const [rows, text] = [storeWith(atOnce), storeWith(noted)];
  change(rows);
  change(text);
  expect(text.listAttempts('r2')).toEqual(rows.listAttempts('r2'));
  expect(text.findSucceeded({ project: 'compile', key: 'ka1', before: 9999, notOf: 'r1' })).toEqual(
    rows.findSucceeded({ project: 'compile', key: 'ka1', before: 9999, notOf: 'r1' }),
  );
});

test('two processes that ask at once make one set of rows', () => {
  const store = storeWith(noted);
  const other = openStore(store.paths.directory);
  onTestFinished(() => other.close());
  expect(other.listAttempts('r2')).toHaveLength(2);
  expect(store.listAttempts('r2')).toHaveLength(2);
});
