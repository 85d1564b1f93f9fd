import { hash } from 'node:crypto';
import type { BytePath } from './byte-path.ts';
import type { TreeEntry } from './tree-entry.ts';

/** What a tree is, whole: equal trees have equal manifests, and its digest is the SHA-256 of its manifest. */
export interface ManifestLine {
  readonly path: BytePath;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a file: SHA-256 of its contents, and their length. */
  readonly contents?: { readonly hash: string; readonly sizeBytes: number };
  /** Of a symbolic link. */
  readonly target?: BytePath;
}

const HEADER = 'contractor tree 1\n';

/**
 * The manifest of a tree, as bytes in a latin1 string.
 *
 *     contractor tree 1
 *     d 755 0 0 0:
 *     d 1777 0 0 3:tmp
 *     f 644 42 1000 12 a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447 9:tmp/hello
 *     l 777 0 0 5:hello 7:tmp/two
 *     │  │  │ │ └ of a file: length, SHA-256; of a link: its target; then the path
 *     │  │  │ └ gid, decimal
 *     │  │  └ uid as seen inside
 *     │  └ permission bits, octal
 *     └ type
 *
 * One line an entry, root first (its path is empty), in the order of
 * `walkTree`. Targets and paths come with their length in bytes, so that
 * whatever is in them, a newline too, nothing can be read in two ways. Neither
 * times nor the sharing of inodes are in it: two builds rarely agree on them.
 */
export function manifestText(lines: readonly ManifestLine[]): string {
  return HEADER + lines.map(manifestLineText).join('');
}

/** The digest of the tree that `manifest` tells of. */
export function manifestDigest(manifest: string): string {
  return hash('sha256', Buffer.from(manifest, 'latin1'));
}

/** One line of a manifest. */
export function manifestLineText({ path, type, mode, uid, gid, contents, target }: ManifestLine): string {
  const what = contents ? `${contents.sizeBytes} ${contents.hash} ` : target === undefined ? '' : `${counted(target)} `;
  return `${type[0] === 's' ? 'l' : type[0]} ${mode.toString(8)} ${uid} ${gid} ${what}${counted(path)}\n`;
}

/** The line of an entry, or undefined for what no artifact keeps. */
export function manifestLine(entry: TreeEntry, hashOf: (entry: TreeEntry) => string): ManifestLine | undefined {
  const { path, type, mode, uid, gid, sizeBytes, target } = entry;
  switch (type) {
    case 'file':
      return { path, type, mode, uid, gid, contents: { hash: hashOf(entry), sizeBytes } };
    case 'directory':
      return { path, type, mode, uid, gid };
    case 'symlink':
      return { path, type, mode, uid, gid, target };
    case 'fifo':
    case 'socket':
    case 'device':
      return undefined;
  }
}

/** The lines of a manifest. Its digest was checked before, so it is one that we wrote. */
export function parseManifest(manifest: string): ManifestLine[] {
  const lines: ManifestLine[] = [];
  let at = HEADER.length;
  const until = (mark: string): string => {
    const end = manifest.indexOf(mark, at);
    const text = manifest.slice(at, end);
    at = end + 1;
    return text;
  };
  const string = (): string => {
    const length = Number(until(':'));
    const text = manifest.slice(at, at + length);
    at += length + 1; // And the blank or newline after it.
    return text;
  };
  while (at < manifest.length) {
    const letter = until(' ');
    const owned = { mode: parseInt(until(' '), 8), uid: Number(until(' ')), gid: Number(until(' ')) };
    if (letter === 'f') {
      const contents = { sizeBytes: Number(until(' ')), hash: until(' ') };
      lines.push({ path: string(), type: 'file', ...owned, contents });
    } else if (letter === 'l') {
      const target = string();
      lines.push({ path: string(), type: 'symlink', ...owned, target });
    } else {
      lines.push({ path: string(), type: 'directory', ...owned });
    }
  }
  return lines;
}

function counted(text: BytePath): string {
  return `${text.length}:${text}`;
}
