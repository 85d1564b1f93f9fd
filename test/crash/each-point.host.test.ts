import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { whatHostLacks } from '../supervisor/test-store.ts';
import type { LifePlan } from './blow.ts';
import { leaksOf } from './check-leaks.ts';
import { faultsOfRecords } from './check-records.ts';
import { dice } from './dice.ts';
import { live } from './life.ts';
import type { DieAt, LifeOrder } from './life-order.ts';
import { GC_POINTS, POINTS } from './points.ts';
import { finishGc } from './gc-beside.ts';
import { differences, resultOfRun } from './result-of-run.ts';
import { makeStage, makeStore, newestRun, removeStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { Tally } from './tally.ts';

const lacking = await whatHostLacks();
let stage: Stage;
let store: string;

beforeAll(async () => {
  if (lacking !== '') return;
  stage = await makeStage(tmpdir());
  mkdirSync(join(stage.top, 'points'));
  store = await makeStore(join(stage.top, 'points'), stage.top);
});
afterAll(() => removeStage(stage));

/** What is published is a new version only then. */
async function removeArtifacts(): Promise<void> {
  const supervisor = createSupervisor({ store });
  for (const { name } of supervisor.artifacts.list()) if (name !== 'tiny') await supervisor.artifacts.remove(name);
  await supervisor.close();
}

/** One life of the short specification, or the rest of a run of it. */
async function lives(plan: LifePlan, run?: string): Promise<string> {
  const order: LifeOrder = {
    store,
    work: stage.work,
    spec: 'short.json',
    ...(run === undefined ? {} : { run }),
    ...(plan.dieAt === undefined ? {} : { dieAt: plan.dieAt }),
  };
  const target = { order, plan, top: stage.top, program: stage.programs.life };
  const end = await live(target, { dice: dice(0, 0), tally: new Tally() });
  return end.type;
}

const unfinished = (): string | undefined => {
  const run = newestRun(store);
  return run?.ended === false ? run.id : undefined;
};

/** Points that are come to only after another blow, and by which the life before is struck, or this one. */
const AFTER_KILL = new Set(['attempt-adopted']);
const AFTER_LOSS = new Set(['loss-recorded', 'remains-discarded', 'keeper-awaited']);
/** Comes only after a keeper that died between two system calls, for which it takes strace. */
const NEEDS_STRACE = new Set(['remains-sealed']);

const DEATHS: readonly DieAt[] = POINTS.filter(({ name }) => !NEEDS_STRACE.has(name)).flatMap(({ name }) => [
  { point: name, when: 'before', nth: 1 },
  { point: name, when: 'after', nth: 1 },
]);

test.skipIf(lacking !== '').for(DEATHS.map((dieAt) => [dieAt.when, dieAt.point, dieAt] as const))(
  'a run whose contractor is killed right %s the point `%s` ends as one that nobody disturbed',
  async ([, , dieAt]) => {
    if (dieAt.point === 'artifact-committed') await removeArtifacts();
    if (AFTER_KILL.has(dieAt.point)) {
      await lives({ dieAt: { point: 'job-given', when: 'after', nth: 1 }, blows: [] });
    }
    const blows = AFTER_LOSS.has(dieAt.point)
      ? [{ type: 'keeper-both', moment: { steps: 0, ms: 100, lingering: true } } as const]
      : [];
    expect(await lives({ dieAt, blows }, unfinished())).toBe('killed');
    const left = unfinished();
    // Of a run that had ended nothing is left to do, but its next one sweeps.
    expect(await lives({ blows: [] }, left)).toBe('done');
    const records = openStore(store);
    try {
      const run = left ?? records.listRuns(1)[0]!.id;
      expect(differences(resultOfRun(records, run), stage.references['short.json'])).toEqual([]);
      expect(faultsOfRecords(records, run, 0)).toEqual([]);
      expect(await leaksOf(records, { top: stage.top, killedRun: undefined })).toEqual([]);
    } finally {
      records.close();
    }
  },
);

const GC_DEATHS: readonly DieAt[] = GC_POINTS.flatMap(({ name }) => [
  { point: name, when: 'before', nth: 1 },
  { point: name, when: 'after', nth: 1 },
]);

test.skipIf(lacking !== '').for(GC_DEATHS.map((dieAt) => [dieAt.when, dieAt.point, dieAt] as const))(
  '[A-164] what is old is gone, and nothing else, when who removes it was killed right %s the point `%s` and another goes on',
  async ([, , dieAt]) => {
    await removeArtifacts();
    expect(await lives({ blows: [] })).toBe('done');
    expect(await lives({ blows: [] })).toBe('done');
    removeNewest('small');
    const gc = { rounds: 1, policy: { keepVersions: 1, keepForMs: 0 } };
    const order: LifeOrder = { store, work: stage.work, spec: 'short.json', gc, dieAt };
    const target = { order, plan: { dieAt, blows: [] }, top: stage.top, program: stage.programs.life };
    expect((await live(target, { dice: dice(0, 0), tally: new Tally() })).type).toBe('killed');
    await finishGc(store, {});
    const records = openStore(store);
    try {
      expect(records.listRuns()).toHaveLength(1);
      const [newest] = records.listRuns();
      expect(differences(resultOfRun(records, newest?.id ?? ''), stage.references['short.json'])).toEqual([]);
      expect(await leaksOf(records, { top: stage.top, killedRun: undefined })).toEqual([]);
    } finally {
      records.close();
    }
    const supervisor = createSupervisor({ store });
    expect((await supervisor.checkStore()).filter(({ state }) => state !== 'ok')).toEqual([]);
    await supervisor.close();
  },
);

/** Dooms a tree, so that there is one to put aside. */
function removeNewest(name: string): void {
  const records = openStore(store);
  const found = records.findArtifact(name);
  if (found !== undefined) {
    records.forget(
      {
        runs: [],
        attempts: [],
        unkeyed: [],
        layers: [],
        artifacts: [found],
        doomed: [`artifacts/${name}/${found.digest}`],
      },
      0,
    );
  }
  records.close();
}
