import { linkSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { inside, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { copyFile } from './copy-file.ts';
import { errorCode } from './error-code.ts';
import type { TreeEntry } from './tree-entry.ts';

/** A file that is to become an object, or to be found as one. */
export interface ObjectSource {
  readonly location: BytePath;
  readonly entry: TreeEntry;
  /** SHA-256 of its contents, in hex. */
  readonly hash: string;
  /** Whether its inode can become the object: it is in a sealed layer, which never changes. */
  readonly isSealed: boolean;
}

/**
 * Where a file with these contents, mode and owner is kept, from the root of the trees.
 *
 *     objects/ab/cdef…-644-0-0      the first of its kind
 *     objects/ab/cdef…-644-0-0.2    its twin: the same again, another inode
 *
 * A hard link shares mode and owner too, so they are in the name. Twins are for
 * trees that hold the same contents several times: two files of one tree must not
 * be one inode unless its builder linked them, else `cp -a` and an edit in place would change both.
 */
export function objectPath({ hash, entry }: Pick<ObjectSource, 'hash' | 'entry'>, twin = 1): BytePath {
  const name = `${hash.slice(2)}-${entry.mode.toString(8)}-${entry.uid}-${entry.gid}`;
  return `objects/${hash.slice(0, 2)}/${name}${twin > 1 ? `.${twin}` : ''}`;
}

/** Inodes of the objects that `object` is, or is a twin of, with their paths. */
export function twinsOf(trees: BytePath, object: BytePath): Map<number, BytePath> {
  const bucket = object.slice(0, object.lastIndexOf('/'));
  const first = object.slice(bucket.length + 1);
  const twins = new Map<number, BytePath>();
  let names: string[];
  try {
    names = readdirSync(inside(trees, bucket));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return twins;
    throw error;
  }
  for (const name of names) {
    if (name !== first && !name.startsWith(`${first}.`)) continue;
    const stats = lstatSync(inside(trees, `${bucket}/${name}`), { throwIfNoEntry: false });
    if (stats) twins.set(stats.ino, `${bucket}/${name}`);
  }
  return twins;
}

/** Puts the files of one tree in their places as links to objects, which it makes where they are missing. */
export interface TreeObjects {
  /** Links the object of `source` to `destination`. `newBytes`: what the store did not have before. */
  place(source: ObjectSource, destination: BytePath): { object: BytePath; newBytes: number };
}

/**
 * The objects of one tree that is being published.
 *
 * One inode is never two objects. Otherwise two twins could turn out to be the
 * same file, in this tree or a later one, and neither could ever be swept.
 */
export function treeObjects(trees: BytePath, halfMadeAs: string): TreeObjects {
  const temporary = inside(trees, `objects/.new-${halfMadeAs}`);
  const lastTwin = new Map<BytePath, number>();
  const usedInodes = new Set<number>();
  const buckets = new Set<BytePath>();
  const known = new Map<BytePath, Map<number, BytePath>>();

  const isObject = (inode: number, first: BytePath): boolean => {
    let twins = known.get(first);
    if (!twins) known.set(first, (twins = twinsOf(trees, first)));
    return twins.has(inode);
  };

  /** The inode of `object`, made from `source` if need be; undefined: somebody was quicker, look again. */
  const ensure = (object: BytePath, source: ObjectSource): { inode: number; isNew: boolean } | undefined => {
    const location = inside(trees, object);
    const there = lstatSync(location, { throwIfNoEntry: false });
    if (there && isWhole(there, source.entry)) return { inode: there.ino, isNew: false };

    const bucket = location.slice(0, location.lastIndexOf('/'));
    if (!buckets.has(bucket)) mkdirSync(bucket, { recursive: true, mode: 0o700 });
    buckets.add(bucket);
    const first = objectPath(source);
    const canLink = source.isSealed && !(source.entry.links > 1 && isObject(source.entry.inode, first));
    const inode = makeObject({ temporary, location, source, canLink, replace: there !== undefined });
    if (inode !== undefined) known.get(first)?.set(inode, object);
    return inode === undefined ? undefined : { inode, isNew: true };
  };

  return {
    place(source, destination) {
      const first = objectPath(source);
      let twin = (lastTwin.get(first) ?? 0) + 1;
      for (;;) {
        const object = objectPath(source, twin);
        const ensured = ensure(object, source);
        if (!ensured) continue;
        if (usedInodes.has(ensured.inode)) {
          twin++;
          continue;
        }
        try {
          linkSync(inside(trees, object), systemPath(destination));
        } catch (error) {
          if (errorCode(error) === 'ENOENT') continue; // Swept a moment ago.
          if (errorCode(error) !== 'EMLINK') throw error;
          twin++; // An inode takes so many links (65000 on ext4) and no more.
          continue;
        }
        lastTwin.set(first, twin);
        usedInodes.add(ensured.inode);
        return { object, newBytes: ensured.isNew ? source.entry.sizeBytes : 0 };
      }
    },
  };
}

/** What a power cut or a bad disk most often leaves is seen without reading: `verify` reads. */
function isWhole(there: { size: number; mode: number; uid: number; gid: number }, entry: TreeEntry): boolean {
  return (
    there.size === entry.sizeBytes &&
    (there.mode & 0o7777) === entry.mode &&
    there.uid === entry.uid &&
    there.gid === entry.gid
  );
}

/** Makes an object at once or not at all. Its inode, or undefined if another process has made it meanwhile. */
function makeObject(make: {
  temporary: BytePath;
  location: BytePath;
  source: ObjectSource;
  canLink: boolean;
  replace: boolean;
}): number | undefined {
  const { temporary, location, source, canLink, replace } = make;
  try {
    if (canLink && !replace) {
      linkSync(systemPath(source.location), location);
      return source.entry.inode;
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return undefined;
    // Another file system, no more links, or an owner that this namespace does not know: then a copy.
    if (code !== 'EXDEV' && code !== 'EMLINK' && code !== 'EPERM') throw error;
  }
  try {
    copyFile({ from: source.location, to: temporary, entry: source.entry });
    const inode = lstatSync(temporary).ino;
    if (replace) renameSync(temporary, location);
    else linkSync(temporary, location);
    return inode;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return undefined;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}
