import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';

/** The most that is read at once. */
export const PIECE_BYTES: number = 1024 * 1024;

const buffer = Buffer.allocUnsafe(PIECE_BYTES);

/**
 * Calls `take` with the contents of the regular file at `location`, piece by piece.
 * A piece is valid during the call.
 *
 * O_NONBLOCK and O_NOFOLLOW: should something else stand there than was seen
 * before, a FIFO must not hang us and a link must not lead us out.
 */
export function readContents(location: BytePath, take: (piece: Buffer, isLast: boolean) => void): void {
  const file = openSync(systemPath(location), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new Error(`${location} has changed: it is no regular file`);
    let left = stats.size;
    do {
      const length = readSync(file, buffer, 0, buffer.length, null);
      left -= length;
      const isLast = length === 0 || left <= 0;
      take(buffer.subarray(0, length), isLast);
      if (isLast) return;
    } while (left > 0);
  } finally {
    closeSync(file);
  }
}

/** The SHA-256 of a regular file, in hex. */
export function hashFile(location: BytePath): string {
  let running: ReturnType<typeof createHash> | undefined;
  let digest = '';
  readContents(location, (piece, isLast) => {
    if (isLast && !running) {
      digest = hash('sha256', piece); // One call is quicker, and most files are small.
      return;
    }
    running ??= createHash('sha256');
    running.update(piece);
    if (isLast) digest = running.digest('hex');
  });
  return digest;
}
