import { closeSync, constants, openSync, readSync } from 'node:fs';
import { inside, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import type { TreeEntry } from './tree-entry.ts';

const PIECE_BYTES = 256 * 1024;
const pieces = [Buffer.allocUnsafe(PIECE_BYTES), Buffer.allocUnsafe(PIECE_BYTES)] as const;

/** Whether two regular files of equal or other length hold the same bytes. One inode of one state is not read. */
export function sameContents(
  old: TreeEntry,
  now: TreeEntry,
  { before, after }: { readonly before: BytePath; readonly after: BytePath },
): boolean {
  if (old.sizeBytes !== now.sizeBytes) return false;
  if (old.sizeBytes === 0) return true;
  // An overlay shows the inode of the layer below it: a file that both stacks share is one.
  if (old.inode === now.inode && old.mtimeMs === now.mtimeMs) return true;
  const files = [open(inside(before, old.path)), open(inside(after, now.path))] as const;
  try {
    for (let position = 0; position < old.sizeBytes;) {
      const [one, other] = [fill(files[0], pieces[0], position), fill(files[1], pieces[1], position)];
      if (one !== other || pieces[0].compare(pieces[1], 0, other, 0, one) !== 0) return false;
      if (one === 0) return true;
      position += one;
    }
    return true;
  } finally {
    for (const file of files) closeSync(file);
  }
}

function open(location: BytePath): number {
  return openSync(systemPath(location), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
}

/** Reads until the piece is full or the file ends: a short read of one of two files would look like a difference. */
function fill(file: number, piece: Buffer, position: number): number {
  let length = 0;
  while (length < piece.length) {
    const read = readSync(file, piece, length, piece.length - length, position + length);
    if (read === 0) break;
    length += read;
  }
  return length;
}
