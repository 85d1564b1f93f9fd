import { chmodSync, lchownSync, lutimesSync } from 'node:fs';
import { systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import type { TreeEntry } from './tree-entry.ts';

/** Gives the directory or symbolic link at `location`, which this process has just made, what `entry` has. */
export function setAttributes(location: BytePath, entry: TreeEntry): void {
  const path = systemPath(location);
  lchownSync(path, entry.uid, entry.gid);
  if (entry.type === 'directory') chmodSync(path, entry.mode); // A link has no mode of its own.
  lutimesSync(path, entry.mtimeMs / 1000, entry.mtimeMs / 1000);
}
