import { readdirSync } from 'node:fs';
import { bytePath, inside, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { errorCode } from './error-code.ts';
import type { OnProgress } from './progress.ts';
import { sameContents } from './same-contents.ts';
import { entryAt } from './tree-entry.ts';
import type { EntryType, TreeEntry } from './tree-entry.ts';

/** Two trees to compare, mounted read-only. */
export interface TreeChangesJob {
  readonly before: string;
  readonly after: string;
  /**
   * The layer, from the root of the trees, that `after` has more than `before`: then only directories that
   * are in it are looked at. Without one, all are.
   */
  readonly layer?: string;
  /** Only what is at this path, or below it, counts. Bytes as in a {@link BytePath}. */
  readonly path?: BytePath;
  /** Ends with so many changes; at most {@link MOST_CHANGES}. */
  readonly most?: number;
  /** Something still writes to `after`: what is gone again when it is looked at was never there. */
  readonly moves?: boolean;
}

/** What one entry of a tree is, as people see it. Owners are ids as seen inside. */
export interface EntryLook {
  readonly type: EntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** Of a symbolic link. */
  readonly target: BytePath;
}

/** In what an entry that is in both trees differs. */
export type Difference = 'type' | 'mode' | 'owner' | 'contents' | 'target';

/** An entry that is in one of the trees only, or differs. Times do not count. */
export type TreeChange = { readonly path: BytePath } & (
  | { readonly type: 'added'; readonly after: EntryLook }
  | { readonly type: 'removed'; readonly before: EntryLook }
  | {
      readonly type: 'changed';
      readonly before: EntryLook;
      readonly after: EntryLook;
      readonly differs: readonly Difference[];
    }
);

export interface TreeChanges {
  /** A directory before what is in it, names in the order of their bytes. */
  readonly changes: readonly TreeChange[];
  /** Directories that lie deeper than a path can reach, and were not compared. */
  readonly tooDeep: readonly BytePath[];
  /** There are more changes than are told. */
  readonly isCut: boolean;
}

/** What the kernel says of what has gone, or has become something else, under the hands of who looks. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ESTALE', 'ELOOP']);

/** More than that is told to nobody's use, and a hostile tree can have any number. */
const MOST_CHANGES = 500_000;

/**
 * What `after` has added, changed and removed since `before`.
 *
 * The marks of overlayfs (whiteouts, opaque directories) need not be understood: the
 * kernel shows what they mean, in the two mounts. A layer only says where to look,
 * since nothing can have changed in a directory that it does not hold.
 */
export function treeChanges(
  job: TreeChangesJob,
  {
    trees,
    onProgress,
    onBoth,
  }: {
    trees: BytePath;
    onProgress: OnProgress;
    /** Hears of each entry that is in both. */
    onBoth?: (old: TreeEntry, now: TreeEntry) => void;
  },
): TreeChanges {
  const before = bytePath(job.before);
  const after = bytePath(job.after);
  const layer = job.layer === undefined ? undefined : inside(trees, bytePath(job.layer));
  const start = job.path ?? '';
  const changes: TreeChange[] = [];
  const tooDeep: BytePath[] = [];
  const pending = [{ path: start, old: entryInside(before, start), now: entryInside(after, start) }];
  for (;;) {
    const next = pending.pop();
    if (next === undefined) return { changes, tooDeep, isCut: false };
    if (changes.length >= (job.most ?? MOST_CHANGES)) return { changes, tooDeep, isCut: true };
    const { path, old, now } = next;
    if (old !== undefined && now !== undefined) onBoth?.(old, now);
    try {
      const change = changeOf(old, now, { before, after });
      if (change !== undefined) changes.push(change);
      onProgress({ files: 1, bytes: 0 });
      // What is no directory in one of the trees is not looked into there: it may be a link that leads elsewhere.
      const oldNames = old?.type === 'directory' ? namesIn(inside(before, path)) : [];
      const newNames = now?.type === 'directory' ? namesIn(inside(after, path)) : [];
      const [isOld, isNew] = [new Set(oldNames), new Set(newNames)];
      const isInBoth = old?.type === 'directory' && now?.type === 'directory';
      const names = layer !== undefined && isInBoth ? touched(inside(layer, path), newNames) : newNames;
      const gone = oldNames.filter((name) => !isNew.has(name));
      for (const name of [...names, ...gone].toSorted().toReversed()) {
        const within = inside(path, name);
        pending.push({
          path: within,
          old: isOld.has(name) ? entryAt(inside(before, within), within) : undefined,
          now: isNew.has(name) ? entryAt(inside(after, within), within) : undefined,
        });
      }
    } catch (error) {
      if (job.moves === true && GONE.has(errorCode(error) ?? '')) continue;
      if (errorCode(error) !== 'ENAMETOOLONG') throw error;
      tooDeep.push(path);
    }
  }
}

/** Of `names`, those that the layer holds at `location`; none when it has no such directory. */
function touched(location: BytePath, names: readonly BytePath[]): readonly BytePath[] {
  if (entryAt(location, '')?.type !== 'directory') return [];
  const held = new Set(namesIn(location));
  return names.filter((name) => held.has(name));
}

function namesIn(directory: BytePath): BytePath[] {
  return readdirSync(systemPath(directory), 'latin1');
}

/** The entry at `path`, unless the way there leads through something that is no directory: a link may lead out of the tree. */
export function entryInside(root: BytePath, path: BytePath): TreeEntry | undefined {
  let way = '';
  for (const name of path.split('/').slice(0, -1)) {
    way = inside(way, name);
    if (entryAt(inside(root, way), way)?.type !== 'directory') return undefined;
  }
  return entryAt(inside(root, path), path);
}

function changeOf(
  old: TreeEntry | undefined,
  now: TreeEntry | undefined,
  roots: { readonly before: BytePath; readonly after: BytePath },
): TreeChange | undefined {
  if (old === undefined) return now && { path: now.path, type: 'added', after: lookOf(now) };
  if (now === undefined) return { path: old.path, type: 'removed', before: lookOf(old) };
  const differs: Difference[] = [];
  if (old.type !== now.type) differs.push('type');
  // A link has no mode of its own.
  else if (old.mode !== now.mode && now.type !== 'symlink') differs.push('mode');
  if (old.uid !== now.uid || old.gid !== now.gid) differs.push('owner');
  if (old.type === now.type && old.target !== now.target) differs.push('target');
  if (old.type === 'file' && now.type === 'file' && !sameContents(old, now, roots)) differs.push('contents');
  if (differs.length === 0) return undefined;
  return { path: now.path, type: 'changed', before: lookOf(old), after: lookOf(now), differs };
}

/** What is told of an entry. */
export function lookOf({ type, mode, uid, gid, sizeBytes, target }: TreeEntry): EntryLook {
  return { type, mode, uid, gid, sizeBytes, target };
}
