import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { bytePath, inside, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { entryInside, lookOf } from './tree-changes.ts';
import type { EntryLook } from './tree-changes.ts';

/** What stands at one path in two trees, mounted read-only. */
export interface FileVersionsJob {
  readonly before: string;
  readonly after: string;
  readonly path: BytePath;
  /** No more of each file is read. */
  readonly mostBytes: number;
}

/** One of the two; contents only of a regular file. */
export interface FileVersion {
  readonly look: EntryLook;
  /** Base64. */
  readonly contents?: string;
  /** The file is longer than what was read. */
  readonly isCut: boolean;
}

export interface FileVersions {
  readonly before?: FileVersion;
  readonly after?: FileVersion;
}

/** Reads what stands at a path before and after; nothing that a link on the way leads to. */
export function fileVersions(job: FileVersionsJob): FileVersions {
  const roots = { before: bytePath(job.before), after: bytePath(job.after) };
  const version = (root: BytePath): FileVersion | undefined => {
    const location = inside(root, job.path);
    const entry = entryInside(root, job.path);
    if (entry === undefined) return undefined;
    if (entry.type !== 'file') return { look: lookOf(entry), isCut: false };
    const bytes = beginning(location, job.mostBytes);
    return { look: lookOf(entry), contents: bytes.toString('base64'), isCut: bytes.length < entry.sizeBytes };
  };
  const [before, after] = [version(roots.before), version(roots.after)];
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function beginning(location: BytePath, mostBytes: number): Buffer {
  const file = openSync(systemPath(location), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(Math.min(fstatSync(file).size, mostBytes));
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(file, bytes, length, bytes.length - length, length);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
