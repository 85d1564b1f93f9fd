/**
 * Trees as data, for tests: made on disk and read back by other means than those under test.
 * Names and targets are bytes in latin1 strings.
 */
import {
  chmodSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import fc from 'fast-check';

interface Owned {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export type TreeNode =
  | ({ readonly type: 'file'; readonly contents: string } & Owned)
  | ({ readonly type: 'symlink'; readonly target: string } & Omit<Owned, 'mode'>)
  | DirectoryNode;

export type DirectoryNode = {
  readonly type: 'directory';
  readonly children: Readonly<Record<string, TreeNode>>;
} & Owned;

export const isRoot: boolean = process.getuid?.() === 0;
const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

export function file(contents: string, mode = 0o644): TreeNode {
  return { type: 'file', contents, mode, ...me };
}

export function symlink(target: string): TreeNode {
  return { type: 'symlink', target, ...me };
}

export function directory(children: Record<string, TreeNode>, mode = 0o755): DirectoryNode {
  return { type: 'directory', children, mode, ...me };
}

export const buffer = (path: string): Buffer => Buffer.from(path, 'latin1');

/** Makes `node` at `location`. Every entry gets the time `seconds`. */
export function makeNode(location: string, node: TreeNode, seconds = 1_000_000): void {
  const path = buffer(location);
  if (node.type === 'symlink') {
    symlinkSync(buffer(node.target), path);
  } else if (node.type === 'file') {
    writeFileSync(path, node.contents, 'latin1');
  } else {
    mkdirSync(path);
    for (const [name, child] of Object.entries(node.children)) makeNode(`${location}/${name}`, child, seconds);
  }
  lchownSync(path, node.uid, node.gid);
  if (node.type !== 'symlink') chmodSync(path, node.mode);
  lutimesSync(path, seconds, seconds);
}

/** What is at `location`. */
export function readNode(location: string): TreeNode {
  const path = buffer(location);
  const { mode: fullMode, uid, gid, ...stats } = lstatSync(path);
  const mode = fullMode & 0o7777;
  if ((fullMode & 0o170000) === 0o120000) {
    return { type: 'symlink', target: readlinkSync(path, 'latin1'), uid, gid };
  }
  if ((fullMode & 0o170000) === 0o100000)
    return { type: 'file', contents: readFileSync(path, 'latin1'), mode, uid, gid };
  if ((fullMode & 0o170000) !== 0o040000) throw new Error(`${location} is of no kind that is kept: ${stats.nlink}`);
  const children = readdirSync(path, 'latin1').map((name) => [name, readNode(`${location}/${name}`)] as const);
  return { type: 'directory', children: Object.fromEntries(children), mode, uid, gid };
}

/** Paths and inodes of the files at `location`. */
export function inodesOf(location: string, path = ''): [string, number][] {
  const stats = lstatSync(buffer(location + path));
  if (stats.isFile()) return [[path, stats.ino]];
  if (!stats.isDirectory()) return [];
  return readdirSync(buffer(location + path), 'latin1').flatMap((name) => inodesOf(location, `${path}/${name}`));
}

const owner = isRoot
  ? fc.constantFrom({ uid: 0, gid: 0 }, { uid: 100, gid: 65534 }, { uid: 42, gid: 0 }, { uid: 42, gid: 42 })
  : fc.constant({ ...me });
/** An ordinary user cannot read back what has no permission. */
const mode = fc.constantFrom(0o755, 0o700, 0o1777, 0o2755, ...(isRoot ? [0, 0o111, 0o4755] : []));
const name = fc.constantFrom(
  'a',
  'a-b',
  'a.b',
  'b',
  '-rf',
  'a\nb',
  ' ',
  '\xff\xfe',
  '\xc3\xa4',
  '__proto__x',
  '1',
  '10',
  '9',
);
const contents = fc.constantFrom('', 'x', 'y', 'same', '\0\xff', 'l'.repeat(3000));
const target = fc.constantFrom('a', '/etc/passwd', '../..', '.', '\xff', 'a\nb 3:x');

const { tree } = fc.letrec<{ tree: DirectoryNode; node: TreeNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc
      .tuple(contents, mode, owner)
      .map(([contents, mode, owner]) => ({ type: 'file' as const, contents, mode, ...owner })),
    fc.tuple(target, owner).map(([target, owner]) => ({ type: 'symlink' as const, target, ...owner })),
    tie('tree'),
  ),
  tree: fc
    .tuple(fc.dictionary(name, tie('node'), { maxKeys: 4, noNullPrototype: true }), mode, owner)
    .map(([children, mode, owner]) => ({ type: 'directory' as const, children, mode, ...owner })),
}));

/** A directory with whatever a build may leave and an artifact keeps. */
export const anyTree: fc.Arbitrary<DirectoryNode> = tree;

/** A text that is the same for equal trees. */
export function canonical(node: TreeNode): string {
  if (node.type !== 'directory') return JSON.stringify(node, Object.keys(node).toSorted());
  const { children, mode, uid, gid } = node;
  const inside = Object.keys(children)
    .toSorted()
    .map((name) => `${JSON.stringify(name)}:${canonical(children[name]!)}`);
  return `{${mode} ${uid} ${gid} ${inside.join()}}`;
}
