import { statfsSync } from 'node:fs';
import type { HostFinding } from './host-finding.ts';

/** Of the file system of a store. Zero of zero where it has no such limit. */
export interface DiskFacts {
  readonly directory: string;
  readonly freeBytes: number;
  readonly bytes: number;
  readonly freeFiles: number;
  readonly files: number;
}

/** What a system tree and a build of moderate size take. */
const ENOUGH_BYTES = 2 * 1024 ** 3;
const ENOUGH_FILES = 100_000;
/** With less nothing can be recorded. */
const LEAST_BYTES = 1024 ** 2;

/** How much room the file system of `directory` has. */
export function disk(directory: string): HostFinding {
  const { bavail, bsize, blocks, ffree, files } = statfsSync(directory);
  return diskFinding({ directory, freeBytes: bavail * bsize, bytes: blocks * bsize, freeFiles: ffree, files });
}

/** That, in words. */
export function diskFinding({ directory, freeBytes, bytes, freeFiles, files }: DiskFacts): HostFinding {
  const room = files === 0 ? '' : ` and ${freeFiles} files`;
  const found = `${bytes === 0 ? 'any size' : gibibytes(freeBytes)}${room} free for ${directory}`;
  const isFull = (bytes > 0 && freeBytes < LEAST_BYTES) || (files > 0 && freeFiles < 100);
  const isScarce = (bytes > 0 && freeBytes < ENOUGH_BYTES) || (files > 0 && freeFiles < ENOUGH_FILES);
  if (!isScarce) return { name: 'disk', state: 'ok', found };
  return {
    name: 'disk',
    state: isFull ? 'missing' : 'optional',
    found,
    consequence: isFull
      ? 'Nothing can be built: the disk of the store is full.'
      : 'A system tree with compilers takes 1 GiB and 30000 files; a build that fills the disk stops, and can be resumed.',
    mend: `Make room, or put the store on another disk: \`contractor --store DIR …\`. See what takes it: \`du -xh --max-depth=2 ${directory}\`.`,
  };
}

function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
