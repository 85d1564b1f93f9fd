import { readdirSync } from 'node:fs';
import { inside, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { entryAt } from './tree-entry.ts';
import type { TreeEntry } from './tree-entry.ts';

/**
 * Every entry of the tree at `root`, the root first, a directory before what is
 * in it, names of a directory in the order of their bytes.
 *
 * That is the order of whole paths, byte for byte, with `/` counted as 0: the
 * smallest byte, which no name has.
 *
 * Iterative, as a build can nest directories deeper than a call stack. What lies
 * deeper than PATH_MAX ends the walk with ENAMETOOLONG.
 */
export function* walkTree(root: BytePath): Generator<TreeEntry> {
  const pending: BytePath[] = [''];
  for (;;) {
    const path = pending.pop();
    if (path === undefined) return;
    const location = inside(root, path);
    const entry = entryAt(location, path);
    if (!entry) throw Object.assign(new Error(`${location} is not there`), { code: 'ENOENT' });
    yield entry;
    if (entry.type === 'directory') {
      const names = readdirSync(systemPath(location), 'latin1').toSorted();
      for (const name of names.toReversed()) pending.push(inside(path, name));
    }
  }
}
