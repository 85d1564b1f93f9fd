import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildSpec } from '../../spec-schema/build-spec.ts';
import type { Store } from '../../store/open-store.ts';
import { recoverTrees } from '../recover-store.ts';
import { runOfScratch } from '../scratch-id.ts';
import { sweepKeepers } from '../sweep-keepers.ts';
import { sweepLocks } from '../sweep-locks.ts';
import { ABANDONED_MS, doomLeftovers } from './doom-leftovers.ts';
import { findGarbage } from './find-garbage.ts';
import type { FoundGarbage, GiveUp } from './find-garbage.ts';
import { forgetOutside } from './forget-outside.ts';
import type { GarbageView } from './garbage-view.ts';
import { wholePolicy } from './gc-policy.ts';
import type { GcPolicy, WholeGcPolicy } from './gc-policy.ts';
import type { GcOptions, GcReport } from './gc-report.ts';
import type { GcWorld } from './gc-world.ts';
import { giveUpFor } from './give-up.ts';
import { measureAll, measureNew } from './measure-store.ts';
import { removeDoomedTrees } from './remove-doomed-trees.ts';

/**
 * Removes from a store what nothing needs and `given` does not keep. Others may build in it meanwhile, and this
 * process may be killed at any point.
 *
 *     decide ─► names go, in the same transaction ─► that is flushed ─► files go ─► too large yet? ─► decide again, giving up more
 *
 * What is decided is decided under the lock of the database, where a build that reuses something notes that too.
 */
export async function collectGarbage(given: GcPolicy, options: GcOptions, world: GcWorld): Promise<GcReport> {
  const policy = wholePolicy(given);
  const { store, idMap, sandbox } = world;
  const specs = new Map<string, ReturnType<GarbageView['stepsOf']>>();
  const viewNow = (): GarbageView => viewOf(policy, world, specs);
  if (options.dryRun === true) return await dryRun(viewNow, options, world);

  await recoverTrees(store, idMap, sandbox);
  const sum = new Sum();
  let givenUp: GiveUp = new Set();
  const round = async (): Promise<number> => {
    options.onProgress?.({ label: 'deciding what is needed' });
    const found = store.transaction(() => {
      const now = findGarbage(viewNow(), givenUp);
      store.forget(now.garbage, world.now());
      return now;
    });
    sum.add(found);
    const freed = (await removeDoomedTrees(world, options)) + (await sweepObjects(sum, options, world));
    sum.freedBytes += freed;
    return freed;
  };
  sum.leftovers += doomLeftovers(world);
  let sizeBytes: number | undefined;
  if (policy.maxSizeBytes === undefined) await round();
  else {
    options.onProgress?.({ label: 'measuring the store' });
    await measureNew(world);
    sizeBytes = await measureAll(world);
    sizeBytes -= await round();
    while (sizeBytes > policy.maxSizeBytes) {
      const more = giveUpFor(sizeBytes - policy.maxSizeBytes, viewNow(), givenUp);
      if (more.size === givenUp.size) break;
      givenUp = more;
      sizeBytes -= await round();
    }
  }
  sweepKeepers(world);
  sweepLocks(store);
  options.onProgress?.({ label: 'looking for what is known of files that are gone' });
  sum.cached += forgetOutside(store, world.now() - policy.keepForMs);
  return { policy, isDryRun: false, ...sum.report(), ...(sizeBytes === undefined ? {} : { sizeBytes }) };
}

async function dryRun(viewNow: () => GarbageView, { onProgress }: GcOptions, world: GcWorld): Promise<GcReport> {
  const { store, sandbox, idMap } = world;
  const place = { trees: store.paths.trees, idMap: idMap() };
  const { maxSizeBytes } = viewNow().policy;
  let givenUp: GiveUp = new Set();
  let sizeBytes: number | undefined;
  if (maxSizeBytes !== undefined) {
    onProgress?.({ label: 'measuring the store' });
    await measureNew(world);
    sizeBytes = await measureAll(world);
    givenUp = giveUpFor(sizeBytes - maxSizeBytes, viewNow(), givenUp);
  }
  const sum = new Sum();
  const found = findGarbage(viewNow(), givenUp);
  sum.add(found);
  const paths = [...found.garbage.doomed, ...store.doomedTrees()];
  onProgress?.({ label: 'measuring what would go' });
  sum.freedBytes = (await sandbox.runTreeJob({ type: 'measure', paths }, place)).freeableBytes;
  return {
    policy: viewNow().policy,
    isDryRun: true,
    ...sum.report(),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
  };
}

async function sweepObjects(
  sum: Sum,
  { onProgress }: GcOptions,
  { store, sandbox, idMap, hostNow }: GcWorld,
): Promise<number> {
  onProgress?.({ label: 'looking for files that nothing uses' });
  const { objects, abandoned, freedBytes } = await sandbox.runTreeJob(
    { type: 'sweep-objects', abandonedBefore: hostNow() - ABANDONED_MS },
    { trees: store.paths.trees, idMap: idMap() },
  );
  sum.objects += objects;
  sum.leftovers += abandoned;
  return freedBytes;
}

/** What several rounds have come to. */
class Sum {
  readonly runs: string[] = [];
  readonly artifacts: GcReport['artifacts'][number][] = [];
  layers = 0;
  attempts = 0;
  objects = 0;
  leftovers = 0;
  cached = 0;
  freedBytes = 0;

  add({ garbage, artifacts }: FoundGarbage): void {
    this.runs.push(...garbage.runs);
    this.artifacts.push(...artifacts.map(({ name, version, sizeBytes }) => ({ name, version, sizeBytes })));
    this.layers += garbage.layers.length;
    this.attempts += garbage.attempts.length;
  }

  report(): Omit<GcReport, 'policy' | 'isDryRun' | 'sizeBytes'> {
    const { runs, artifacts, layers, attempts, objects, leftovers, cached, freedBytes } = this;
    return { runs, artifacts, layers, attempts, objects, leftovers, cached, freedBytes };
  }
}

/** What is recorded now, and what decides beside it. Specifications are read once. */
function viewOf(
  policy: WholeGcPolicy,
  { store, sandbox, now, hostNow }: GcWorld,
  specs: Map<string, ReturnType<GarbageView['stepsOf']>>,
): GarbageView {
  const files = new Map<string, boolean>();
  const { keepers } = store.paths;
  const lookedInto = readdirSync(keepers).flatMap((name) => {
    const run = runOfScratch(name);
    return run !== undefined && sandbox.isKeeperAlive(join(keepers, name)) ? [run] : [];
  });
  return {
    facts: store.garbageFacts(),
    policy,
    now: now(),
    hostNow: hostNow(),
    inUse: new Set(lookedInto),
    hasFile: (source) => {
      const isThere = files.get(source) ?? existsSync(source);
      files.set(source, isThere);
      return isThere;
    },
    stepsOf: (run) => {
      if (!specs.has(run)) specs.set(run, stepsOfRun(store, run));
      return specs.get(run);
    },
  };
}

function stepsOfRun(store: Store, run: string): ReturnType<GarbageView['stepsOf']> {
  const spec = store.getRun(run)?.spec as BuildSpec | null | undefined;
  if (spec === undefined || spec === null) return undefined;
  return new Map(spec.projects.map(({ name, steps }) => [name, new Set(steps.map(({ id }) => id))]));
}
