import { inside } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { entryAt } from './tree-entry.ts';
import type { TreeEntry } from './tree-entry.ts';

/** Where the files of an overlay really are. */
export interface SealedCopies {
  /** The sealed file that `entry` of the merged view shows, with its layer, or undefined if it cannot be told. */
  find(entry: TreeEntry): { location: BytePath; layer: number; entry: TreeEntry } | undefined;
}

/**
 * Finds files of a merged view in the layers it is made of, bottom first.
 *
 * It is always the *topmost* layer that has the path. For let the merged view
 * show the file of layer L, and let a layer H above L have something at the same
 * path. Then H is not what is shown, so something above H hides it (a whiteout,
 * an opaque directory, a file in place of a directory); but that would hide
 * L too. Type, size, time, mode and owner are compared all the same.
 *
 * A layer is only looked into where it has real directories all the way down:
 * a symbolic link on the way would lead out of the layer.
 */
export function sealedCopies(layers: readonly BytePath[], start: BytePath): SealedCopies {
  const top = layers.map((layer, index) => ({ layer: index, location: layer })).toReversed();
  const holders = new Map<BytePath, readonly Holder[]>();

  /** The layers that have `directory` as a directory, topmost first. Parents were asked for before. */
  const holdersOf = (directory: BytePath): readonly Holder[] => {
    let found = holders.get(directory);
    if (!found) {
      found = below(holdersOf(parentOf(directory)), nameOf(directory));
      holders.set(directory, found);
    }
    return found;
  };
  let atStart: readonly Holder[] = below(top, '');
  for (const name of start === '' ? [] : start.split('/')) atStart = below(atStart, name);
  holders.set('', atStart);

  return {
    find(entry) {
      for (const { layer, location: directory } of holdersOf(parentOf(entry.path))) {
        const location = inside(directory, nameOf(entry.path));
        const found = entryAt(location, entry.path);
        if (found) return isSame(found, entry) ? { location, layer, entry: found } : undefined;
      }
      return undefined;
    },
  };
}

interface Holder {
  readonly layer: number;
  readonly location: BytePath;
}

function below(holders: readonly Holder[], name: BytePath): Holder[] {
  return holders
    .map(({ layer, location }) => ({ layer, location: inside(location, name) }))
    .filter(({ location }) => entryAt(location, '')?.type === 'directory');
}

function isSame(one: TreeEntry, other: TreeEntry): boolean {
  return (
    one.type === other.type &&
    one.sizeBytes === other.sizeBytes &&
    one.mtimeMs === other.mtimeMs &&
    one.mode === other.mode &&
    one.uid === other.uid &&
    one.gid === other.gid
  );
}

function parentOf(path: BytePath): BytePath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function nameOf(path: BytePath): BytePath {
  return path.slice(path.lastIndexOf('/') + 1);
}
