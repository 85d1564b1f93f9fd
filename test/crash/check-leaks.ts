import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { findIdMap } from '../../sandbox/id-map.ts';
import { runInIdMap } from '../../sandbox/run-in-id-map.ts';
import { findControlGroups } from '../../sandbox/limits/control-groups.ts';
import type { Store } from '../../store/open-store.ts';
import { processesOf } from './processes.ts';

/** How long what was told to end may take to be gone, in looks of 20 ms: this process may be stopped meanwhile, as they. */
const GRACE_LOOKS = 500;

/** What the runs of a store, all ended, have left and should not have, a sentence each. `killedRun` is the newest if its last process was killed. */
export async function leaksOf(
  store: Store,
  { top, killedRun }: { readonly top: string; readonly killedRun: string | undefined },
): Promise<string[]> {
  return [
    ...(await processesLeft(top)),
    ...mountsLeft(top),
    ...(await filesLeft(store)),
    ...(await groupsLeft(store, killedRun)),
    // Who was killed between the end of its run and the release of it leaves the lock's file, which nobody holds, to the next.
    ...readdirSync(store.paths.runs).flatMap((name) =>
      killedRun !== undefined && name.startsWith(`${killedRun}.`) ? [] : [`runs/${name} is left`],
    ),
  ];
}

async function processesLeft(top: string): Promise<string[]> {
  let left = processesOf(top);
  for (let looks = 0; left.length > 0 && looks < GRACE_LOOKS; looks++) {
    await wait(20);
    left = processesOf(top);
  }
  return left.map(({ pid, parent, command }) => `process ${pid} (of ${parent}) is left: ${command.slice(0, 200)}`);
}

function mountsLeft(top: string): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.filter((line) => line.includes(top)).map((line) => `a mount is left: ${line}`);
}

/** Those of keepers that were killed go as a build ends: not as one ends that is killed itself. */
async function groupsLeft(store: Store, killedRun: string | undefined): Promise<string[]> {
  const { places } = await findControlGroups(findIdMap());
  const runs = store.listRuns().filter(({ id }) => id !== killedRun);
  const keepers = new Set(runs.flatMap(({ id }) => store.listAttempts(id).map(({ keeper }) => keeper)));
  return places.flatMap((place) =>
    readdirSync(place)
      .filter((name) => keepers.has(/^contractor-([^-]+)-/.exec(name)?.[1] ?? ''))
      .map((name) => `the control group ${place}/${name} is left`),
  );
}

async function filesLeft(store: Store): Promise<string[]> {
  const { paths } = store;
  const named = store.namedTrees();
  const attempts = new Set(named.attempts);
  const layers = new Set(named.layers);
  const { layers: layersThere, attempts: attemptsThere, unfinished } = await treeNames(paths.trees);
  return [
    ...layersThere.filter((name) => !layers.has(name)).map((name) => `trees/layers/${name} has no record`),
    ...[...layers]
      .filter((name) => !layersThere.includes(name))
      .map((name) => `layer ${name} is recorded and not there`),
    ...attemptsThere.filter((name) => !attempts.has(name)).map((name) => `trees/attempts/${name} has no record`),
    ...store.doomedTrees().map((path) => `trees/${path} was to be removed`),
    ...unfinished.map((path) => `${path} was never finished`),
    ...readdirSync(paths.keepers).map((name) => `keepers/${name} is left`),
  ];
}

/** Names in the trees, read inside the map: some of the directories are for their owner alone. */
async function treeNames(trees: string): Promise<{ layers: string[]; attempts: string[]; unfinished: string[] }> {
  const lines = async (...command: [string, ...string[]]): Promise<string[]> => {
    const { exitCode, stdout, stderr } = await runInIdMap({ trees, idMap: findIdMap(), command });
    if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
    return stdout.split('\n').filter((line) => line !== '');
  };
  const halfDone = ['(', '-name', '.new-*', '-o', '-name', '.staging-*', '-o', '-name', 'exit.new', ')'];
  return {
    layers: await lines('/bin/ls', '-A', 'layers'),
    attempts: await lines('/bin/ls', '-A', 'attempts'),
    unfinished: await lines('/usr/bin/find', '.', '-maxdepth', '3', ...halfDone, '-prune', '-print'),
  };
}
