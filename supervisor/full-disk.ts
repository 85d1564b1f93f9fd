import { statfsSync } from 'node:fs';
import { ContractorError } from '../errors.ts';

/** With less than this nothing can be recorded any more. */
const LEAST_BYTES = 64 * 1024;

/** The refusal when the file system of `path` has no room left, in bytes or in files; else undefined. */
export function fullDiskRefusal(path: string): ContractorError | undefined {
  const { bavail, bsize, blocks, ffree, files } = statfsSync(path);
  // A file system without such a limit says 0 of 0.
  const isFull = (blocks > 0 && bavail * bsize < LEAST_BYTES) || (files > 0 && ffree === 0);
  if (!isFull) return undefined;
  return new ContractorError(
    'STORE_UNUSABLE',
    `The disk of the store is full: that of ${path}.`,
    'Make room on it. What was recorded before is kept.',
  );
}
