import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../../store/open-store.ts';
import type { Store } from '../../../store/open-store.ts';
import { PACKAGES, sampleArtifact, sampleAttempt, sampleRun } from '../sample-records.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let store: Store;
const refusal = (code: string) => expect.objectContaining({ code }) as Error;

beforeEach(() => {
  store = openStore(join(temporaryDirectory(), 's'));
  store.createRun(sampleRun('r1'));
  return () => store.close();
});

describe('meta', () => {
  test('keeps the newest value of a key', () => {
    expect(store.getMeta('id-map')).toBeUndefined();
    store.setMeta('id-map', { first: 200_000 });
    store.setMeta('id-map', { first: 300_000 });
    expect(store.getMeta('id-map')).toEqual({ first: 300_000 });
  });
});

describe('runs', () => {
  test('lists the newest first, as many as asked for', () => {
    store.createRun(sampleRun('r3', { createdAt: 3000 }));
    store.createRun(sampleRun('r2', { createdAt: 2000 }));
    expect(store.listRuns().map((run) => run.id)).toEqual(['r3', 'r2', 'r1']);
    expect(store.listRuns(2).map((run) => run.id)).toEqual(['r3', 'r2']);
  });

  test('are recorded with all their projects or not at all', () => {
    expect(() => store.createRun(sampleRun('r2', { projects: ['a', 'a'] }))).toThrow('UNIQUE');
    expect(store.getRun('r2')).toBeUndefined();
  });

  test('end once', () => {
    store.endRun('r1', { endedAt: 5000, result: 'failed' });
    expect(store.getRun('r1')?.ended).toEqual({ endedAt: 5000, toldEndedAt: 5000, result: 'failed' });
    expect(() => store.endRun('r1', { endedAt: 6000, result: 'built' })).toThrow(refusal('RUN_ENDED'));
    expect(() => store.endRun('r9', { endedAt: 6000, result: 'built' })).toThrow(refusal('RUN_UNKNOWN'));
    expect(store.getRun('r1')?.ended).toEqual({ endedAt: 5000, toldEndedAt: 5000, result: 'failed' });
  });

  test('give the specification back as it was', () => {
    store.createRun(sampleRun('r2', { specText: 'a: "\u{1f600}\\n"\n', spec: { a: ['\u{1f600}'] }, options: null }));
    expect(store.getRun('r2')).toEqual({
      id: 'r2',
      createdAt: 1000,
      toldCreatedAt: 1000,
      specName: 'build.yaml',
      specDigest: 'ab'.repeat(32),
      specText: 'a: "\u{1f600}\\n"\n',
      spec: { a: ['\u{1f600}'] },
      options: null,
      ...{ source: null, continues: null, retryOf: null, isKept: false, lastOwner: null, ended: null },
    });
  });
});

describe('projects', () => {
  test('are pending, in the order of the specification, until a save', () => {
    store.createRun(sampleRun('r2', { projects: ['z', 'a', 'm'] }));
    store.putSave('r2', 'a', { state: 'running', save: { value: 'x' } });
    expect(store.getProjects('r2')).toMatchObject([
      { name: 'z', state: 'pending', save: null, saveDigest: null },
      { name: 'a', state: 'running', save: { value: 'x' } },
      { name: 'm', state: 'pending', save: null },
    ]);
  });

  test('refuse a save that is not what was written', () => {
    store.putSave('r1', 'compile', { state: 'running', save: { value: 'one' } });
    const database = new DatabaseSync(store.paths.database);
    database.exec(`UPDATE projects SET save = '{"value":"two"}' WHERE name = 'compile'`);
    database.close();
    expect(() => store.getProjects('r1')).toThrow(refusal('STORE_DAMAGED'));
  });

  test('do not take a save for a project that the run does not have', () => {
    expect(() => store.putSave('r1', 'other', { state: 'running', save: {} })).toThrow('no project other');
  });
});

describe('attempts', () => {
  test('run, and then have ended with an outcome, a layer and a result', () => {
    store.beginAttempt(sampleAttempt('a1', { deadlineAt: 9000 }));
    expect(store.getAttempt('a1')).toEqual({
      ...sampleAttempt('a1'),
      ...{ toldStartedAt: 2000, key: null, reusedFrom: null, deadlineAt: 9000 },
      type: 'running',
    });
    expect(store.runningAttempts('r1').map((attempt) => attempt.id)).toEqual(['a1']);
    store.transaction(() => {
      store.endAttempt('a1', { endedAt: 4000, outcome: { type: 'succeeded' }, layer: 'l1', result: { commit: 'abc' } });
      store.recordLayer({ id: 'l1', attempt: 'a1', sealedAt: 4000, kind: 'workspace' });
    });
    expect(store.getAttempt('a1')).toEqual({
      ...sampleAttempt('a1'),
      ...{ toldStartedAt: 2000, key: null, reusedFrom: null, deadlineAt: 9000 },
      type: 'ended',
      endedAt: 4000,
      toldEndedAt: 4000,
      outcome: { type: 'succeeded' },
      layer: 'l1',
      result: { commit: 'abc' },
    });
    expect(store.runningAttempts('r1')).toEqual([]);
  });

  test('end once', () => {
    store.beginAttempt(sampleAttempt('a1'));
    const outcome = { type: 'failed', exitCode: 2 };
    store.endAttempt('a1', { endedAt: 1, outcome });
    expect(() => store.endAttempt('a1', { endedAt: 2, outcome: { type: 'succeeded' } })).toThrow('not running');
    expect(store.getAttempt('a1')).toMatchObject({
      outcome,
      layer: null,
      result: null,
    });
  });

  test('name no layer that is not recorded', () => {
    store.beginAttempt(sampleAttempt('a1'));
    expect(() => store.endAttempt('a1', { endedAt: 1, outcome: { type: 'succeeded' }, layer: 'l1' })).toThrow(
      'FOREIGN KEY',
    );
    expect(store.getAttempt('a1')?.type).toBe('running');
  });

  test('are found as the last and as the successful one of a step', () => {
    store.beginAttempt(sampleAttempt('a1'));
    store.endAttempt('a1', { endedAt: 1, outcome: { type: 'failed' } });
    expect(store.succeededAttempt('r1', 'compile', '1 shell make')).toBeUndefined();
    store.beginAttempt(sampleAttempt('a2', { number: 2 }));
    expect(store.lastAttempt('r1', 'compile', '1 shell make')?.id).toBe('a2');
    store.endAttempt('a2', { endedAt: 2, outcome: { type: 'succeeded' } });
    store.beginAttempt(sampleAttempt('a3', { number: 3 }));
    expect(store.succeededAttempt('r1', 'compile', '1 shell make')?.id).toBe('a2');
    expect(store.lastAttempt('r1', 'pack', '1 shell make')).toBeUndefined();
  });

  test('are asked for the last that has left a result', () => {
    store.beginAttempt(sampleAttempt('b1', { step: '1' }));
    expect(store.lastResult('r1', 'compile')).toBeUndefined();
    store.endAttempt('b1', { endedAt: 1, outcome: { type: 'succeeded' }, result: { tree: 1 } });
    store.beginAttempt(sampleAttempt('a2', { step: '2' }));
    store.endAttempt('a2', { endedAt: 2, outcome: { type: 'succeeded' }, result: { tree: 2 } });
    store.beginAttempt(sampleAttempt('a3', { step: '3' }));
    store.endAttempt('a3', { endedAt: 3, outcome: { type: 'interrupted' } });
    store.beginAttempt(sampleAttempt('a4', { step: '4' }));
    store.beginAttempt(sampleAttempt('p1', { project: 'pack' }));
    store.endAttempt('p1', { endedAt: 4, outcome: { type: 'succeeded' }, result: { tree: 3 } });
    expect(store.lastResult('r1', 'compile')).toMatchObject({ id: 'a2', result: { tree: 2 } });
  });

  test('have a number of their own in their step', () => {
    store.beginAttempt(sampleAttempt('a1'));
    expect(() => store.beginAttempt(sampleAttempt('a2'))).toThrow('UNIQUE');
  });

  test('are listed in the order in which they began, of a run or a project', () => {
    store.beginAttempt(sampleAttempt('z', { startedAt: 9 }));
    store.beginAttempt(sampleAttempt('b', { project: 'pack', startedAt: 5 }));
    store.beginAttempt(sampleAttempt('a', { step: '0', startedAt: 7 }));
    expect(store.listAttempts('r1').map((attempt) => attempt.id)).toEqual(['z', 'b', 'a']);
    expect(store.listAttempts('r1', 'compile').map((attempt) => attempt.id)).toEqual(['z', 'a']);
  });
});

describe('layers', () => {
  test('are listed by the order of their attempts', () => {
    store.beginAttempt(sampleAttempt('a2'));
    store.beginAttempt(sampleAttempt('a1', { number: 2 }));
    store.recordLayer({ id: 'l3', attempt: 'a1', sealedAt: 3, kind: 'workspace' });
    store.recordLayer({ id: 'l2', attempt: 'a2', sealedAt: 4, kind: 'systree', container: 'debian' });
    store.recordLayer({ id: 'l1', attempt: 'a2', sealedAt: 4, kind: 'workspace' });
    expect(store.listLayers('r1').map((layer) => layer.id)).toEqual(['l1', 'l2', 'l3']);
    expect(store.getLayer('l2')).toEqual({
      id: 'l2',
      attempt: 'a2',
      sealedAt: 4,
      kind: 'systree',
      container: 'debian',
    });
    expect(store.getLayer('l9')).toBeUndefined();
  });
});

describe('artifacts', () => {
  const versions = () => store.listArtifacts().map(({ name, version, digest }) => `${name}@${version}=${digest}`);

  test('get a version only when the tree is another one than the newest', () => {
    expect(store.recordArtifactVersion(sampleArtifact('tree', 'aa'))).toEqual({ version: 1, isNew: true });
    expect(store.recordArtifactVersion(sampleArtifact('tree', 'aa'))).toEqual({ version: 1, isNew: false });
    expect(store.recordArtifactVersion(sampleArtifact('tree', 'bb'))).toEqual({ version: 2, isNew: true });
    expect(store.recordArtifactVersion(sampleArtifact('tree', 'aa'))).toEqual({ version: 3, isNew: true });
    expect(store.recordArtifactVersion(sampleArtifact('other', 'aa'))).toEqual({ version: 1, isNew: true });
    expect(versions()).toEqual(['other@1=aa', 'tree@3=aa', 'tree@2=bb', 'tree@1=aa']);
    expect(store.artifactNames()).toEqual(['other', 'tree']);
  });

  test('are found by name, the newest, or by version', () => {
    store.recordArtifactVersion(sampleArtifact('tree', 'aa', { packages: PACKAGES }));
    store.recordArtifactVersion(sampleArtifact('tree', 'bb', { madeBy: null }));
    const { bootId, ...sample } = sampleArtifact('tree', 'bb');
    expect(bootId).toBe('boot');
    expect(store.findArtifact('tree')).toEqual({
      ...sample,
      madeBy: null,
      isKept: false,
      version: 2,
      packages: null,
    });
    expect(store.findArtifact('tree', 1)).toMatchObject({ digest: 'aa', packages: PACKAGES });
    expect(store.findArtifact('tree', 3)).toBeUndefined();
    expect(store.findArtifact('bush')).toBeUndefined();
  });

  test('stay while an unfinished run uses or made them', () => {
    store.createRun(sampleRun('r2'));
    store.recordArtifactVersion(sampleArtifact('tree', 'aa'));
    store.recordUse('r2', { name: 'tree', version: 1 });
    store.recordUse('r2', { name: 'tree', version: 1 });
    expect(store.artifactsUsedBy('r2')).toEqual([{ name: 'tree', version: 1 }]);
    const remove = () => store.removeArtifactVersion({ name: 'tree', version: 1 }, { removedAt: 7 });
    expect(remove).toThrow(refusal('ARTIFACT_IN_USE'));
    store.endRun('r2', { endedAt: 1, result: 'built' });
    expect(remove).toThrow(refusal('ARTIFACT_IN_USE'));
    store.endRun('r1', { endedAt: 1, result: 'built' });
    expect(remove()).toEqual({ digest: 'aa', treeUnused: true });
    expect(remove).toThrow(refusal('ARTIFACT_UNKNOWN'));
  });

  test('never get the number of a removed version', () => {
    const madeBy = null;
    store.recordArtifactVersion(sampleArtifact('tree', 'aa', { madeBy }));
    store.recordArtifactVersion(sampleArtifact('tree', 'bb', { madeBy }));
    store.removeArtifactVersion({ name: 'tree', version: 2 }, { removedAt: 7 });
    expect(store.findArtifact('tree')?.version).toBe(1);
    expect(store.findArtifact('tree', 2)).toBeUndefined();
    expect(store.recordArtifactVersion(sampleArtifact('tree', 'bb', { madeBy }))).toEqual({ version: 3, isNew: true });
  });

  test('keep a tree that another version shares', () => {
    const madeBy = null;
    for (const digest of ['aa', 'bb', 'aa']) store.recordArtifactVersion(sampleArtifact('tree', digest, { madeBy }));
    store.recordArtifactVersion(sampleArtifact('other', 'bb', { madeBy }));
    const remove = (version: number) =>
      store.removeArtifactVersion({ name: 'tree', version }, { removedAt: 7 }).treeUnused;
    expect([remove(1), remove(2), remove(3)]).toEqual([false, true, true]);
    expect(store.artifactNames()).toEqual(['other']);
  });
});

describe('a request to cancel', () => {
  test('stays with the run until it has ended, by whoever asked first', () => {
    expect(store.cancelRequested('r1')).toBeUndefined();
    store.requestCancel('r1', 'request');
    store.requestCancel('r1', 'another');
    expect(store.cancelRequested('r1')).toBe('request');
    store.endRun('r1', { endedAt: 1, result: 'cancelled' });
    expect(() => store.requestCancel('r1', 'request')).toThrow(refusal('RUN_ENDED'));
    expect(() => store.requestCancel('r9', 'request')).toThrow(refusal('RUN_UNKNOWN'));
  });
});

describe('the durable horizon', () => {
  const succeed = (id: string, layer: string): void =>
    store.transaction(() => {
      store.endAttempt(id, { endedAt: 1, outcome: { type: 'succeeded' }, layer, result: { tree: layer } });
      store.recordLayer({ id: layer, attempt: id, sealedAt: 1, kind: 'workspace' });
    });

  test('separates what a flush came after from what a change of the boot loses', () => {
    for (const number of [1, 2, 3]) store.beginAttempt(sampleAttempt(`a${number}`, { number }));
    succeed('a1', 'l1');
    store.recordArtifactVersion(sampleArtifact('tree', 'aa'));
    const flushed = store.undurable();
    expect(flushed).toEqual({ attempts: ['a1'], artifacts: [{ name: 'tree', version: 1 }] });
    succeed('a2', 'l2');
    store.recordArtifactVersion(sampleArtifact('tree', 'bb'));
    store.markDurable(flushed, 7000);
    expect(store.flushedAt()).toBe(7000);

    expect(store.forgetUndurable('boot', 9000)).toEqual({ attempts: [], artifacts: [] });
    expect(store.getLayer('l2')).toBeDefined();
    expect(store.forgetUndurable('next boot', 9000)).toEqual({
      attempts: ['a2'],
      artifacts: [{ name: 'tree', version: 2 }],
    });
    expect(store.getAttempt('a1')).toMatchObject({ outcome: { type: 'succeeded' }, layer: 'l1' });
    expect(store.getAttempt('a2')).toMatchObject({ outcome: { type: 'interrupted' }, layer: null, result: null });
    expect(store.getAttempt('a3')?.type).toBe('running');
    expect(store.getLayer('l2')).toBeUndefined();
    expect(store.findArtifact('tree')).toMatchObject({ version: 1, digest: 'aa' });
    expect(store.undurable()).toEqual({ attempts: [], artifacts: [] });
    // A number that was lost is never given to another tree.
    expect(store.recordArtifactVersion(sampleArtifact('tree', 'cc'))).toEqual({ version: 3, isNew: true });
  });
});

describe('a reused attempt', () => {
  test('is found by its key in the run that made it, and has its result in the run that takes it over', () => {
    store.createRun(sampleRun('r2'));
    store.beginAttempt(sampleAttempt('a1', { key: 'k', keyInputs: { shell: 'make' } }));
    expect(store.runningWithKey(['r1'], 'k')?.type).toBe('running');
    expect(store.runningWithKey([], 'k')).toBeUndefined();
    store.transaction(() => {
      store.endAttempt('a1', { endedAt: 1, outcome: { type: 'succeeded' }, layer: 'l1', result: { tree: 1 } });
      store.recordLayer({ id: 'l1', attempt: 'a1', sealedAt: 1, kind: 'workspace' });
    });
    expect(store.runningWithKey(['r2', 'r1'], 'k')).toBeUndefined();
    const wanted = { project: 'compile', key: 'k', before: 0, notOf: 'r2' };
    expect(store.findSucceeded({ ...wanted, notOf: 'r1' })).toBeUndefined();
    expect(store.findSucceeded({ ...wanted, key: 'other' })).toBeUndefined();
    expect(store.findSucceeded({ ...wanted, project: 'pack' })).toBeUndefined();
    expect(store.findSucceeded({ ...wanted, project: 'pack', before: 2001 })?.id).toBe('a1');
    const made = store.findSucceeded(wanted);
    expect(made?.id).toBe('a1');
    if (made?.type !== 'ended') throw new Error('it has ended');
    store.reuseAttempt(sampleAttempt('b1', { run: 'r2', key: 'k' }), made);
    expect(store.getAttempt('b1')).toMatchObject({
      type: 'ended',
      outcome: { type: 'succeeded' },
      layer: 'l1',
      result: { tree: 1 },
      reusedFrom: 'a1',
    });
    expect(store.keyInputs('a1')).toEqual({ shell: 'make' });
    expect(store.keyInputs('b1')).toBeUndefined();
  });
});

test('the attempt that answers a machine is the last that was run for its request', () => {
  store.beginAttempt(sampleAttempt('a1', { number: 1, machineAttempt: 1 }));
  store.beginAttempt(sampleAttempt('a2', { number: 2, machineAttempt: 1 }));
  store.beginAttempt(sampleAttempt('a3', { number: 3, machineAttempt: 2 }));
  const answer = (machineAttempt: number) =>
    store.answeringAttempt('r1', 'compile', '1 shell make', machineAttempt)?.id;
  expect([answer(1), answer(2), answer(3)]).toEqual(['a2', 'a3', undefined]);
});
