import { lstatSync, readlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';

/** What can stand in a directory. Only the first three are kept in an artifact. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'device';

/** One entry of a tree as lstat(2) sees it. */
export interface TreeEntry {
  /** From the root of the tree, which is itself the empty path. */
  readonly path: BytePath;
  readonly type: EntryType;
  /** Permission bits, with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** How much of that no block of the disk stands for: about what is holes. */
  readonly holeBytes: number;
  readonly mtimeMs: number;
  readonly inode: number;
  readonly links: number;
  /** Of a symbolic link; empty for the rest. */
  readonly target: BytePath;
}

/** The entry at `location`, or undefined if there is none. Never follows a link. */
export function entryAt(location: BytePath, path: BytePath): TreeEntry | undefined {
  const stats = lstatSync(systemPath(location), { throwIfNoEntry: false });
  if (!stats) return undefined;
  const type = typeOf(stats);
  return {
    path,
    type,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    sizeBytes: stats.size,
    holeBytes: Math.max(0, stats.size - stats.blocks * 512),
    mtimeMs: stats.mtimeMs,
    inode: stats.ino,
    links: stats.nlink,
    target: type === 'symlink' ? readlinkSync(systemPath(location), 'latin1') : '',
  };
}

function typeOf(stats: Stats): EntryType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  return stats.isSocket() ? 'socket' : 'device';
}
