import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitOf } from './exit.ts';
import type { Exit } from './exit.ts';
import type { IdMap } from './id-map.ts';
import type { KeeperJob } from './keeper-job.ts';
import { parseKeeperLine } from './keeper-message.ts';
import { unlessKilledAgain } from './killed-from-outside.ts';
import { runInIdMap } from './run-in-id-map.ts';

/** The trees that attempts leave something in, and whose they are. */
export interface RemainsPlace {
  readonly trees: string;
  readonly idMap: IdMap;
}

/** How an attempt ended by the record that its keeper left; undefined when it left none. */
export function recordedExit(trees: string, attempt: string): Exit | undefined {
  try {
    return exitOf(parseKeeperLine(readFileSync(join(trees, 'attempts', attempt, 'exit'), 'utf8').trimEnd()));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Does what a keeper does after it has recorded a success, as far as it did not
 * come to it: gives the layers of an attempt their names. Nothing runs in it any
 * more, since that comes before the record.
 */
export async function sealRemains(job: KeeperJob, place: RemainsPlace): Promise<void> {
  const attempt = `attempts/${job.attempt}`;
  const writable = job.root?.writable;
  const moves = [
    [`${attempt}/upper`, `layers/${job.layer}`],
    ...(writable === undefined ? [] : [[`${attempt}/root-upper`, `layers/${writable.layer}`]]),
  ] as const;
  for (const [from = '', to = ''] of moves) {
    await unlessKilledAgain(async () => {
      if (existsSync(join(place.trees, from))) await mapped(['/bin/mv', '-T', '--', from, to], place);
    });
  }
}

/** Removes the half-written layers of an attempt that was cut off, and the half-made artifact; its log stays. */
export async function discardRemains(attempt: string, place: RemainsPlace): Promise<void> {
  const doomed = [
    ...[...TREES_OF_ATTEMPT, 'exit', 'exit.new'].map((name) => `attempts/${attempt}/${name}`),
    ...HALF_MADE.map((name) => `${name}${attempt}`),
    ...[...layerNames(attempt), ...layerNamesBelow(attempt), flatLayerName(attempt)].flatMap((layer) => [
      `layers/${layer}`,
      `layers/.new-${layer}`,
    ]),
  ].filter((path) => existsSync(join(place.trees, path)));
  if (doomed.length > 0) await removeTrees(doomed, place);
}

/** Removes what a failed attempt has written to its file trees; its log stays, and the record of how it ended. */
export async function discardTrees(attempt: string, place: RemainsPlace): Promise<void> {
  const doomed = TREES_OF_ATTEMPT.map((name) => `attempts/${attempt}/${name}`);
  await removeTrees(doomed, place);
}

/** What a process that publishes calls what is not whole yet: see publish.ts of the store. */
const HALF_MADE = ['artifacts/.staging-', 'objects/.new-'] as const;

const TREES_OF_ATTEMPT = ['upper', 'work', 'root-upper', 'root-work'] as const;

/** What the layers of an attempt are called: the workspace's, then that of a writable system tree. So what it left is found without a record. */
export function layerNames(attempt: string): readonly [string, string] {
  return [attempt, `${attempt}r`];
}

/** What the layers below these are called, where an attempt that was made by hand began with what a failed one had written. */
export function layerNamesBelow(attempt: string): readonly [string, string] {
  return [`${attempt}b`, `${attempt}s`];
}

/** What the one layer is called that the stack below and with an attempt's own was made. */
export function flatLayerName(attempt: string): string {
  return `${attempt}f`;
}

async function removeTrees(paths: readonly string[], place: RemainsPlace): Promise<void> {
  await unlessKilledAgain(() => mapped(['/bin/rm', '-rf', '--', ...paths], place));
}

async function mapped(command: readonly [string, ...string[]], place: RemainsPlace): Promise<void> {
  const { exitCode, stderr } = await runInIdMap({ ...place, command });
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr.trim()}`);
}
