import { readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onTiny, openTestStore, project, publish, shell, whatHostLacks } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';
import { leaksOf } from './check-leaks.ts';
import { dice } from './dice.ts';
import { live } from './life.ts';
import type { DieAt, LifeOrder } from './life-order.ts';
import { newestRun } from './stage.ts';
import { Tally } from './tally.ts';
import { openStore } from '../../store/open-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

/** A life that is killed at a point, or at none. Gives the newest run after it. */
async function lived(dieAt?: DieAt, run?: string): Promise<string> {
  const projects = [project('p', [onTiny, shell('true'), publish('made')])];
  writeFileSync(join(store.work, 'short.json'), JSON.stringify({ projects }));
  const order: LifeOrder = {
    store: store.store,
    work: store.work,
    spec: 'short.json',
    ...(dieAt === undefined ? {} : { dieAt }),
    ...(run === undefined ? {} : { run }),
  };
  const tools = { dice: dice(0, 0), tally: new Tally() };
  const end = await live(
    { order, plan: { blows: [], ...(dieAt === undefined ? {} : { dieAt }) }, top: topOf() },
    tools,
  );
  expect(end).toMatchObject({ type: dieAt === undefined ? 'done' : 'killed' });
  return newestRun(store.store)?.id ?? '';
}

const topOf = (): string => dirname(store.store);

async function leaks(): Promise<string[]> {
  const records = openStore(store.store);
  try {
    return await leaksOf(records, { top: topOf(), killedRun: undefined });
  } finally {
    records.close();
  }
}

test.skipIf(lacking !== '').for([
  ['whose later steps have no need of it', { point: 'attempt-recorded', when: 'before', nth: 3 }],
  ['that has ended', { point: 'project-ended', when: 'after', nth: 1 }],
] as const)('the keeper that a killed contractor left to a project %s ends with the run', async ([, dieAt]) => {
  await lived(undefined, await lived(dieAt));
  expect(await leaks()).toEqual([]);
});

test.skipIf(lacking !== '')(
  'the lock file of a run that had ended when its process was killed goes with the next',
  async () => {
    await lived({ point: 'run-ended', when: 'after', nth: 1 });
    expect(readdirSync(join(store.store, 'runs'))).not.toEqual([]);
    await lived();
    expect(await leaks()).toEqual([]);
  },
);
