import { existsSync, lstatSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';

/** What is watched, and who is told. */
export interface TreeToWatch {
  /** A directory, which may come and go. */
  readonly path: string;
  /** Whether the directories in it are watched too. */
  readonly isDeep: boolean;
  /** Whether nothing is to be told of a path, relative to the directory. */
  isLeftOut(path: string): boolean;
  onChange(path: string): void;
  /** The kernel does not take more watches: what it said. Some of the tree is not watched. */
  onLimit(because: string): void;
}

interface Node {
  readonly watcher: FSWatcher;
  readonly children: Map<string, Node>;
  isClosed: boolean;
}

/**
 * Tells of every change in a directory, from when `ready` is resolved on: inotify(7), one watch a directory, all in
 * one descriptor. Node's own recursive watching takes one for each file, and knows nothing of what is left out.
 *
 * The directory that it lies in (the nearest that is there) is watched as well, for when it is made, moved or replaced.
 * What is made in a new directory before that is watched is told of by a change of the directory itself.
 */
export class WatchedTree {
  readonly #tree: TreeToWatch;
  /** One beginning after the other. */
  #begun: Promise<void>;
  #anchor: FSWatcher | undefined;
  #root: Node | undefined;
  #isClosed = false;

  constructor(tree: TreeToWatch) {
    this.#tree = tree;
    this.#begun = this.#begin();
  }

  /** From when on nothing is missed. */
  get ready(): Promise<void> {
    return this.#begun;
  }

  close(): void {
    this.#isClosed = true;
    this.#anchor?.close();
    if (this.#root !== undefined) closeAll(this.#root);
    this.#root = undefined;
  }

  async #begin(): Promise<void> {
    if (this.#isClosed) return;
    const { path } = this.#tree;
    let above = dirname(path);
    while (!existsSync(above) && above !== dirname(above)) above = dirname(above);
    const [next = ''] = relative(above, path).split('/');
    this.#anchor?.close();
    this.#anchor = this.#watch(above, (event, name) => {
      if (name !== null && name !== next) return;
      this.#tree.onChange(path);
      if (event === 'rename') this.#begun = this.#begun.then(async () => await this.#beginAgain());
    });
    this.#root = await this.#add(path, '');
    // It may have come while nobody looked, and another directory be the nearest now.
    if (!this.#isClosed && this.#root === undefined && existsSync(join(above, next)) && next !== basename(path)) {
      await this.#begin();
    }
  }

  async #beginAgain(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#root !== undefined) closeAll(this.#root);
    this.#root = undefined;
    await this.#begin();
    this.#tree.onChange(this.#tree.path);
  }

  /** Watches a directory, then those in it: what comes meanwhile is told of, or found. */
  async #add(path: string, inTree: string): Promise<Node | undefined> {
    if (this.#isClosed) return undefined;
    const children = new Map<string, Node>();
    const watcher = this.#watch(path, (event, name) => {
      if (name === null) return this.#tree.onChange(path);
      const own = inTree === '' ? name : `${inTree}/${name}`;
      if (this.#tree.isLeftOut(own)) return;
      this.#tree.onChange(join(path, name));
      if (event === 'rename' && this.#tree.isDeep) void this.#replace(node, name, { path, inTree: own });
    });
    if (watcher === undefined) return undefined;
    const node: Node = { watcher, children, isClosed: false };
    if (!this.#tree.isDeep) return node;
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const own = inTree === '' ? entry.name : `${inTree}/${entry.name}`;
      if (!entry.isDirectory() || children.has(entry.name) || this.#tree.isLeftOut(own)) continue;
      const child = await this.#add(join(path, entry.name), own);
      if (child === undefined) continue;
      // Another may have been made while this one was walked through, and this one, or what it lies in, be gone.
      if (this.#isClosed || node.isClosed || children.has(entry.name)) closeAll(child);
      else children.set(entry.name, child);
    }
    if (this.#isClosed) closeAll(node);
    return node;
  }

  /** Something of that name came or went. */
  async #replace(
    node: Node,
    name: string,
    { path, inTree }: { readonly path: string; readonly inTree: string },
  ): Promise<void> {
    const { children } = node;
    const old = children.get(name);
    if (old !== undefined) closeAll(old);
    children.delete(name);
    const whole = join(path, name);
    if (!isDirectory(whole)) return;
    const child = await this.#add(whole, inTree);
    if (child === undefined) return;
    const newer = children.get(name);
    if (newer !== undefined) closeAll(newer);
    children.set(name, child);
    if (this.#isClosed || node.isClosed) closeAll(child);
    else this.#tree.onChange(whole);
  }

  #watch(path: string, listener: (event: 'rename' | 'change', name: string | null) => void): FSWatcher | undefined {
    try {
      const watcher = watch(path, (event, name) => {
        if (!this.#isClosed) listener(event, name);
      });
      // It has gone; what it lay in tells of that.
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (code === 'ENOSPC' || code === 'EMFILE' || code === 'ENOSYS') this.#tree.onLimit(code);
      return undefined; // It is not there, or not ours to read.
    }
  }
}

function closeAll(node: Node): void {
  const { watcher, children } = node;
  node.isClosed = true;
  watcher.close();
  for (const child of children.values()) closeAll(child);
  children.clear();
}

function isDirectory(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}
