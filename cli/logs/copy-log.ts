import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { Output } from '../context.ts';

const CHUNK_BYTES = 64 * 1024;

/**
 * Writes what the log at `path` holds from `offset` on, and gives the offset
 * after it. A log that is not there yet is empty.
 */
export async function copyLog(
  path: string,
  offset: number,
  { output, translate }: { output: Output; translate?: (bytes: Buffer) => string },
): Promise<number> {
  let position = offset;
  try {
    await using file = await open(path, 'r');
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position);
      if (bytesRead === 0) return position;
      position += bytesRead;
      const bytes = buffer.subarray(0, bytesRead);
      if (!output.write(translate === undefined ? bytes : translate(bytes))) await once(output, 'drain');
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return position;
    throw error;
  }
}
