import { closeSync, constants, openSync, readSync } from 'node:fs';
import { ContractorError } from '../../errors.ts';
import { bytePath, inside, shownPath, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { LONGEST_EXTENSION, tarMembers, TarProblem } from './tar-headers.ts';
import type { TarMember, TarSource } from './tar-headers.ts';

/** An archive that is to be unpacked into a layer. */
export interface CheckArchiveJob {
  /** An uncompressed tar archive, from the root of the trees. */
  readonly archive: string;
  readonly maxSizeBytes: number;
  readonly maxMembers: number;
}

export interface ArchiveContents {
  readonly members: number;
  readonly files: number;
  readonly sizeBytes: number;
}

/**
 * Reads the headers of an archive before a tar unpacks it, and refuses one
 * that could make anything but files, directories and links inside its directory.
 *
 * @throws ARCHIVE_REFUSED
 */
export function checkArchive(job: CheckArchiveJob, trees: BytePath): ArchiveContents {
  const file = openSync(systemPath(inside(trees, bytePath(job.archive))), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return archiveContents(sourceOf(file), job);
  } catch (error) {
    if (!(error instanceof TarProblem)) throw error;
    throw new ContractorError(
      'ARCHIVE_REFUSED',
      `The archive is not imported: ${error.message}.`,
      'Make it anew with `tar --create --format=pax` from a directory that you trust.',
      { cause: error },
    );
  } finally {
    closeSync(file);
  }
}

/** Counts what an archive holds. Throws a {@link TarProblem} for the first thing in it that is not allowed. */
export function archiveContents(
  source: TarSource,
  { maxSizeBytes, maxMembers }: { maxSizeBytes: number; maxMembers: number },
): ArchiveContents {
  const seen = new Map<BytePath, 'file' | 'directory' | 'symlink'>([['', 'directory']]);
  const contents = { members: 0, files: 0, sizeBytes: 0 };
  for (const member of tarMembers(source)) {
    const path = plainPath(member.name);
    const type = placedType(member, path, seen);
    contents.members++;
    contents.sizeBytes += member.sizeBytes;
    if (type === 'file') contents.files++;
    if (contents.members > maxMembers) throw new TarProblem(`it has more than ${maxMembers} members`);
    if (contents.sizeBytes > maxSizeBytes) throw new TarProblem(`it unpacks to more than ${maxSizeBytes} bytes`);
    seen.set(path, type);
  }
  return contents;
}

/** What `member` becomes at `path`, if it may. `seen`: what is there by then, directories that come by implication too. */
function placedType(
  member: TarMember,
  path: BytePath,
  seen: Map<BytePath, 'file' | 'directory' | 'symlink'>,
): 'file' | 'directory' | 'symlink' {
  for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
    const parent = path.slice(0, end);
    const there = seen.get(parent) ?? 'directory';
    if (there !== 'directory') throw new TarProblem(`it has ${quoted(path)} below the ${there} ${quoted(parent)}`);
    seen.set(parent, 'directory');
  }
  const before = seen.get(path);
  if (before !== undefined && !(before === 'directory' && member.type === 'directory')) {
    throw new TarProblem(`it has ${quoted(path)} twice`);
  }
  switch (member.type) {
    case 'directory':
    case 'file':
      return member.type;
    case 'symlink':
      // The kernel makes no others.
      if (member.linkName !== '' && member.linkName.length < 4096) return member.type;
      throw new TarProblem(`it has the symbolic link ${quoted(path)}, whose target is empty or too long`);
    case 'hard-link': {
      const target = plainPath(member.linkName);
      if (seen.get(target) === 'file') return 'file';
      throw new TarProblem(`it has a hard link ${quoted(path)} to ${quoted(target)}, which is no file before it`);
    }
    case 'device':
    case 'fifo':
      throw new TarProblem(`it has a ${member.type}, ${quoted(path)}`);
    case 'other':
      throw new TarProblem(`it has a member of the unknown type ${JSON.stringify(member.flag)}, ${quoted(path)}`);
  }
}

/** `name` without `./`, doubled and closing slashes. */
function plainPath(name: string): BytePath {
  if (name === '' || name.startsWith('/'))
    throw new TarProblem(`it has a member ${quoted(name)}, which is not a relative name`);
  const names = name.split('/').filter((part) => part !== '' && part !== '.');
  if (names.includes('..')) throw new TarProblem(`it has a member ${quoted(name)}, which leads out of its directory`);
  const path = names.join('/');
  if (names.some((part) => part.length > 255)) throw new TarProblem('it has a name with more than 255 bytes in a part');
  if (path.length > 4000) throw new TarProblem('it has a name of more than 4000 bytes');
  return path;
}

function quoted(path: BytePath): string {
  return JSON.stringify(shownPath(path));
}

/** The archive in an open file, in pieces of the longest read there is: headers lie close together. */
function sourceOf(file: number): TarSource {
  const window = Buffer.allocUnsafe(LONGEST_EXTENSION);
  let windowStart = 0;
  let windowLength = 0;
  let at = 0;
  return {
    read(length) {
      if (at < windowStart || at + length > windowStart + windowLength) {
        windowStart = at;
        windowLength = 0;
        for (let got = 1; got > 0 && windowLength < window.length; windowLength += got) {
          got = readSync(file, window, windowLength, window.length - windowLength, at + windowLength);
        }
      }
      const start = at - windowStart;
      const piece = Buffer.from(window.subarray(start, Math.min(start + length, windowLength)));
      at += piece.length;
      return piece;
    },
    skip(length) {
      at += length;
    },
  };
}
