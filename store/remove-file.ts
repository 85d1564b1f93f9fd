import { unlinkSync } from 'node:fs';

/** Removes a file if it is there. Unlike Node's rmSync it says what a disk that takes nothing says: `EROFS`, and not an unknown error. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
