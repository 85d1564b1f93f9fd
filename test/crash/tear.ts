import {
  closeSync,
  existsSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Dice } from './dice.ts';

/** How much a power cut takes, and of what. */
export interface Tear {
  /** In milliseconds since 1970. Whatever was made until then had reached the disk, and stays as it is. */
  readonly since: number;
  /** Of the rest. */
  readonly percent: number;
}

/** What was lost, by kind. */
export type Losses = Record<string, number>;

interface Found {
  readonly path: string;
  readonly stats: Stats;
  /** Whether the name is as new as that: an older file may have a new name in a new directory. */
  readonly isNew: boolean;
}

/**
 * Loses at random what a power cut may lose below `root`: of files the contents, whole or in part, under whatever
 * names they have; names; directories with all that is in them; renames.
 *
 * By the time of birth, since all others change when an old file gets another name. So the changes of
 * older files and directories are not lost, nor do names come back that were removed.
 */
export function tear(root: string, { since, percent }: Tear, dice: Dice): Losses {
  const losses: Losses = {};
  const lose = (what: string): void => void (losses[what] = (losses[what] ?? 0) + 1);
  const found = findAll(root, since);

  const files = new Map(
    found
      .filter(({ stats }) => stats.isFile() && stats.size > 0 && stats.birthtimeMs > since)
      .map((file) => [file.stats.ino, file]),
  );
  for (const { path, stats } of files.values()) {
    if (!isLog(path) && dice.happens(percent)) lose(loseContents(path, stats.size, dice));
  }
  for (const { path, stats } of found) {
    // Nothing changes a sealed tree, or the record of an exit, after it got its name.
    if (stats.ctimeMs <= since || !dice.happens(percent / 2)) continue;
    const before = nameBefore(root, path);
    if (before === undefined || existsSync(before)) continue;
    renameSync(path, before);
    lose('renames');
  }
  for (const { path, stats, isNew } of found) {
    if (!isNew || dirname(path) === root || !dice.happens(percent / (stats.isDirectory() ? 8 : 2))) continue;
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) continue; // with its directory
    rmSync(path, { recursive: true, force: true });
    lose(stats.isDirectory() ? 'directories' : 'names');
  }
  return losses;
}

/** The logs of attempts belong to whoever runs contractor, be that root: they are torn outside of the id map. */
export function tearLogs(attempts: string, { since, percent }: Tear, dice: Dice): Losses {
  const logs = readdirSync(attempts)
    .map((attempt) => join(attempts, attempt, 'log'))
    .map((path) => ({ path, stats: lstatSync(path, { throwIfNoEntry: false }) }))
    .filter(({ stats }) => stats?.isFile() === true && stats.size > 0 && stats.birthtimeMs > since);
  const torn = logs.filter(() => dice.happens(percent));
  for (const { path, stats } of torn) loseContents(path, stats?.size ?? 0, dice);
  return { 'logs of attempts': torn.length };
}

const isLog = (path: string): boolean => /^attempts\/[^/]+\/log$/.test(path);

function findAll(directory: string, since: number, isNewDirectory = false): Found[] {
  return readdirSync(directory).flatMap((name): Found[] => {
    const path = join(directory, name);
    const stats = lstatSync(path);
    const isNew = isNewDirectory || stats.birthtimeMs > since;
    const itself = { path, stats, isNew };
    return stats.isDirectory() ? [itself, ...findAll(path, since, stats.birthtimeMs > since)] : [itself];
  });
}

function loseContents(path: string, size: number, dice: Dice): string {
  const file = openSync(path, 'r+');
  try {
    const from = dice.between(0, size - 1);
    switch (dice.pick(['empty', 'short', 'zeros'] as const)) {
      case 'empty':
        ftruncateSync(file, 0);
        return 'files emptied';
      case 'short':
        ftruncateSync(file, from);
        return 'files cut short';
      case 'zeros':
        writeSync(file, Buffer.alloc(dice.between(1, size - from)), 0, null, from);
        return 'files zeroed';
    }
  } finally {
    closeSync(file);
  }
}

/** What was called `path` before it got the name that it is believed by. */
function nameBefore(root: string, path: string): string | undefined {
  const [folder, ...names] = relative(root, path).split('/');
  const [first = '', last] = names;
  if (folder === 'layers' && names.length === 1 && !first.startsWith('.')) {
    const attempt = join(root, 'attempts', first.replace(/r$/, ''));
    if (existsSync(attempt)) return join(attempt, first.endsWith('r') ? 'root-upper' : 'upper');
    return join(root, 'layers', `.new-${first}`);
  }
  if (folder === 'artifacts' && names.length === 2) return join(root, 'artifacts', `.staging-${last}`);
  if (folder === 'attempts' && basename(path) === 'exit' && names.length === 2) return `${path}.new`;
  return undefined;
}
