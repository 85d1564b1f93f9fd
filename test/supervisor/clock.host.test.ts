import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import { killedAt } from './killed-build.ts';
import { inTrees, onTiny, openTestStore, project, publish, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;
beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(async () => await store?.close());

const YEAR_MS = 366 * 24 * 60 * 60 * 1000;

/** A supervisor on the store whose clock is so far from the host's. */
function supervisorAway(awayMs: number, now: () => number = () => Date.now() + awayMs): Supervisor {
  const supervisor = createSupervisor({ store: store.store, now });
  onTestFinished(async () => await supervisor.close());
  return supervisor;
}

const yearOf = (at: number | string | undefined): number => new Date(at ?? NaN).getUTCFullYear();
const thisYear = new Date().getUTCFullYear();

/** The years of all times that events have. */
function yearsOf(events: readonly BuildEvent[]): readonly number[] {
  const times = events.flatMap((event) => [
    event.at,
    ...(event.type === 'step-adopted' ? [event.startedAt] : []),
    ...(event.type === 'step-waiting' ? [event.until] : []),
  ]);
  return [...new Set(times.map(yearOf))];
}

const durationsOf = (events: readonly BuildEvent[]): readonly number[] =>
  events.flatMap((event) => ('durationMs' in event ? [event.durationMs] : []));

describe.skipIf(lacking !== '')('a clock of the program', () => {
  test('[A-273] tells all times of a run, and how long things took is by the host', async () => {
    const years = 14;
    const supervisor = supervisorAway(years * YEAR_MS);
    const source = (script: string) => ({
      value: { projects: [project('told', [onTiny, shell(script), publish('told-artifact')])] },
      directory: store.work,
    });
    const begun = performance.now();
    const run = await supervisor.build(source('echo made > made'), { noCache: true });
    expect(await run.result).toBe('built');
    const tookMs = performance.now() - begun;
    const then = thisYear + years;
    const again = await supervisor.build(source('echo made > made'));
    expect(await again.result).toBe('built');
    for (const { id } of [run, again]) {
      expect(yearsOf(supervisor.events(id))).toEqual([then]);
      const { createdAt, endedAt, projects } = supervisor.run(id);
      expect([yearOf(createdAt), yearOf(endedAt)]).toEqual([then, then]);
      const attempts = projects.flatMap(({ steps }) => steps.flatMap((step) => step.attempts));
      expect(attempts.map((attempt) => [yearOf(attempt.startedAt), yearOf(attempt.endedAt)])).toEqual([
        [then, then],
        [then, then],
        [then, then],
      ]);
      expect(Math.max(...durationsOf(supervisor.events(id)))).toBeLessThanOrEqual(tookMs);
    }
    const receipt = await supervisor.receipt({ run: run.id, project: 'told', step: '2' });
    expect([yearOf(receipt.startedAt), yearOf(receipt.endedAt)]).toEqual([then, then]);
    expect(yearOf(supervisor.artifacts.list().find(({ name }) => name === 'told-artifact')?.createdAt)).toBe(then);
    expect(supervisor.lastDurations(again.id).every(({ durationMs }) => durationMs <= tookMs)).toBe(true);
    // The newest run is the one that began last, whatever its clock said.
    const past = await supervisorAway(-20 * YEAR_MS).build(source('echo other > made'), { noCache: true });
    expect(await past.result).toBe('built');
    expect(store.supervisor.summary().id).toBe(past.id);
  });

  test('[A-273] makes no timeout longer, also of a step that is adopted under another clock', async () => {
    const projects = [project('late', [onTiny, shell('echo up; sleep 900', { timeout: '3s' })])];
    const run = await killedAt(store, { projects, step: '2-shell' });
    const supervisor = supervisorAway(-30 * YEAR_MS);
    const begun = performance.now();
    const resumed = await supervisor.resume(run);
    expect(await resumed.result).toBe('failed');
    expect(performance.now() - begun).toBeLessThan(300_000); // And not 30 years.
    const events = supervisor.events(run);
    const ended = events.findLast((event) => event.type === 'step-ended');
    expect(ended).toMatchObject({ outcome: { type: 'timed-out', timeoutMs: 3000 } });
    expect(Math.min(...durationsOf(events))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...durationsOf(events))).toBeLessThan(600_000);
    expect(events.map((event) => 'seq' in event && event.seq)).toEqual(events.map((_, index) => index + 1));
    // What was begun is told as it was then.
    const adopted = events.flatMap((event) => (event.type === 'step-adopted' ? [yearOf(event.startedAt)] : []));
    expect(adopted.filter((year) => year !== thisYear)).toEqual([]);
    expect(yearOf(events.at(-1)?.at)).toBe(thisYear - 30);
    // A frozen one neither holds it up, nor ends it at once.
    const frozen = supervisorAway(0, () => 1);
    const alone = await frozen.build(
      { value: { projects: [project('late', [onTiny, shell('sleep 900', { timeout: '3s' })])] } },
      { noCache: true },
    );
    expect(await alone.result).toBe('failed');
    const last = frozen.events(alone.id).findLast((event) => event.type === 'step-ended');
    expect(last).toMatchObject({ outcome: { type: 'timed-out' } });
    expect(last?.durationMs).toBeGreaterThanOrEqual(3000);
  });

  test('[A-273] lets nothing that lives be removed as old', async () => {
    const projects = [project('lives', [onTiny, shell('echo 1 > a'), shell('sleep 15; cat a')])];
    const run = await store.supervisor.build({ value: { projects }, directory: store.work }, { noCache: true });
    await vi.waitFor(() =>
      expect(store.supervisor.events(run.id)).toContainEqual(
        expect.objectContaining({ type: 'step-started', step: '3-shell' }),
      ),
    );
    // What another process has just begun has no record yet.
    const fresh = 'mkdir attempts/unrecorded layers/unrecorded objects/ab/.new-unrecorded';
    await inTrees(store, `mkdir -p objects/ab; ${fresh}`);
    mkdirSync(join(store.store, 'keepers/unrecorded'));
    const supervisor = supervisorAway(100 * YEAR_MS);
    const report = await supervisor.gc({ keepVersions: 1, keepForMs: 1000 });
    expect(report).toMatchObject({ leftovers: 0 });
    expect(report.runs).not.toContain(run.id);
    await inTrees(store, 'rmdir attempts/unrecorded layers/unrecorded objects/ab/.new-unrecorded');
    expect(readdirSync(join(store.store, 'keepers'))).toContain('unrecorded');
    expect(await run.result).toBe('built');
  });

  test('[A-273] that fails while it is asked breaks the run off, which is gone on with under another', async () => {
    let isBroken = false;
    const supervisor = supervisorAway(0, () => (isBroken ? Number.NaN : Date.now()));
    const projects = [project('broken', [onTiny, shell('echo begun; sleep 2')])];
    const run = await supervisor.build({ value: { projects } }, { noCache: true });
    for await (const event of run.events()) {
      if (event.type === 'step-started' && event.step === '2-shell') isBroken = true;
    }
    await expect(run.result).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    const mended = await store.supervisor.resume(run.id);
    expect(await mended.result).toBe('built');
  });
});
