import { closeSync, constants, fchmodSync, fchownSync, ftruncateSync, futimesSync, openSync, writeSync } from 'node:fs';
import { systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { PIECE_BYTES, readContents } from './hash-file.ts';
import type { TreeEntry } from './tree-entry.ts';

const ZEROS = Buffer.alloc(PIECE_BYTES);

/** Copies the regular file at `from` to the new file `to`, with the owner, mode and time of `entry`. */
export function copyFile({ from, to, entry }: { from: BytePath; to: BytePath; entry: TreeEntry }): void {
  const file = openSync(systemPath(to), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    let at = 0;
    readContents(from, (piece) => {
      // What is nothing but zeros stays a hole: a long one must not fill the disk.
      if (piece.length < ZEROS.length || !piece.equals(ZEROS)) {
        for (let done = 0; done < piece.length;) done += writeSync(file, piece, done, piece.length - done, at + done);
      }
      at += piece.length;
    });
    ftruncateSync(file, at);
    fchownSync(file, entry.uid, entry.gid);
    fchmodSync(file, entry.mode); // After chown(2), which takes setuid away.
    futimesSync(file, entry.mtimeMs / 1000, entry.mtimeMs / 1000);
  } finally {
    closeSync(file);
  }
}
