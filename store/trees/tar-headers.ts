/** A member of a tar archive. Its name and target are bytes in a latin1 string, as written. */
export interface TarMember {
  readonly name: string;
  readonly type: 'file' | 'hard-link' | 'symlink' | 'directory' | 'device' | 'fifo' | 'other';
  /** The letter of the type, for a message. */
  readonly flag: string;
  readonly linkName: string;
  readonly sizeBytes: number;
}

/** Where an archive is read from. */
export interface TarSource {
  /** The next `length` bytes, fewer only at the end. */
  read(length: number): Buffer;
  /** Leaves out `length` bytes. If there are not so many, the next read finds nothing. */
  skip(length: number): void;
}

/** What is wrong with an archive, as a sentence without its subject. */
export class TarProblem extends Error {
  override readonly name = 'TarProblem';
}

const BLOCK = 512;
/** An extended header holds a path or two. More is an attack on memory. */
export const LONGEST_EXTENSION: number = 1024 * 1024;

/**
 * The members of an uncompressed tar archive: ustar, GNU's long names, pax.
 *
 *     ┌────────┬──────────────┬────────┬──────────────┬─────┬──────┬──────┐
 *     │ header │ contents,    │ header │ contents     │  …  │ zero │ zero │
 *     │ 512    │ padded to 512│        │              │     │ 512  │ 512  │
 *     └────────┴──────────────┴────────┴──────────────┴─────┴──────┴──────┘
 *     header:  0 name[100] 100 mode uid gid 124 size[12] 136 mtime 148 checksum[8]
 *              156 type 157 linkname[100] 257 magic[8] … 345 prefix[155]
 *
 * A reader that understands an archive in another way than the tar that unpacks
 * it is worthless as a guard. So whatever could be read in two ways is a
 * problem: two sources of one name, a cut archive, data after the end, types that
 * it does not know. Sources: POSIX.1-2024 pax; tar(5); GNU tar's src/list.c and src/xheader.c.
 */
export function* tarMembers(source: TarSource): Generator<TarMember> {
  let extension: Extension = {};
  let isExtended = false;
  for (;;) {
    const header = source.read(BLOCK);
    if (header.length < BLOCK) throw new TarProblem('it was cut short: its end mark is missing');
    if (isZero(header)) {
      if (!isZero(source.read(BLOCK))) throw new TarProblem('it goes on after its end mark');
      if (Object.keys(extension).length > 0) throw new TarProblem('it ends after an extended header');
      return;
    }
    checkSum(header);
    const flag = String.fromCharCode(header[156] ?? 0);
    const sizeBytes = numberIn(header, 124, 12);
    if (flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K') {
      // GNU tar forgets the first of two, others do not.
      if (flag === 'x' && isExtended) throw new TarProblem('it has two extended headers of one member');
      isExtended ||= flag === 'x';
      const contents = readContents(source, sizeBytes);
      const more = flag === 'x' || flag === 'g' ? paxExtension(contents) : gnuExtension(flag, contents);
      if (flag === 'g' && Object.keys(more).length > 0) throw new TarProblem('it names members in a global header');
      for (const key of Object.keys(more)) {
        if (key in extension) throw new TarProblem(`it gives the ${key} of a member twice`);
      }
      Object.assign(extension, more);
      continue;
    }
    const member = memberOf(header, { flag, extension: { size: sizeBytes, ...extension } });
    extension = {};
    isExtended = false;
    yield member;
    source.skip(padded(member.sizeBytes));
  }
}

/** What an extended header says of the member after it. */
interface Extension {
  path?: string;
  linkpath?: string;
  size?: number;
}

function memberOf(
  header: Buffer,
  { flag, extension }: { flag: string; extension: Extension & { size: number } },
): TarMember {
  const isPosix = header.toString('latin1', 257, 263) === 'ustar\0'; // GNU has "ustar  " and no prefix.
  const prefix = isPosix ? textIn(header, 345, 155) : '';
  const short = textIn(header, 0, 100);
  const name = extension.path ?? (prefix === '' ? short : `${prefix}/${short}`);
  const type = typeOf(flag, name);
  if (type !== 'file' && extension.size !== 0)
    throw new TarProblem(`it gives ${quoted(name)}, which is no file, contents`);
  return { name, type, flag, linkName: extension.linkpath ?? textIn(header, 157, 100), sizeBytes: extension.size };
}

function typeOf(flag: string, name: string): TarMember['type'] {
  switch (flag) {
    case '0':
    case '\0':
      return name.endsWith('/') ? 'directory' : 'file'; // As archives before POSIX have it, and GNU tar reads it.
    case '1':
      return 'hard-link';
    case '2':
      return 'symlink';
    case '3':
    case '4':
      return 'device';
    case '5':
      return 'directory';
    case '6':
      return 'fifo';
    default:
      return 'other'; // Sparse files, volume labels, and what is not invented yet.
  }
}

function gnuExtension(flag: string, contents: Buffer): Extension {
  const text = contents.toString('latin1').replace(/\0$/, '');
  if (text.includes('\0')) throw new TarProblem('it has a name with a zero byte');
  return flag === 'L' ? { path: text } : { linkpath: text };
}

/** Records are `<length> <key>=<value>\n`, the length that of the whole record in bytes. */
function paxExtension(contents: Buffer): Extension {
  const extension: Extension = {};
  const text = contents.toString('latin1');
  for (let at = 0; at < text.length;) {
    const [start, digits] = /^([1-9][0-9]{0,8}) /.exec(text.slice(at, at + 10)) ?? [];
    const end = at + Number(digits);
    const equals = text.indexOf('=', at);
    if (start === undefined || text[end - 1] !== '\n' || equals === -1 || equals >= end) {
      throw new TarProblem('it has a damaged extended header');
    }
    const key = text.slice(at + start.length, equals);
    const value = text.slice(equals + 1, end - 1);
    at = end;
    if (key === 'path' || key === 'linkpath') {
      if (value.includes('\0')) throw new TarProblem('it has a name with a zero byte');
      if (key in extension) throw new TarProblem(`it gives the ${key} of a member twice`);
      extension[key] = value;
    } else if (key === 'size') {
      if (!/^[0-9]{1,15}$/.test(value)) throw new TarProblem('it has a member of impossible size');
      if (key in extension) throw new TarProblem('it gives the size of a member twice');
      extension.size = Number(value);
    } else if (/^GNU\.sparse\.|^SCHILY\.realsize$|^GNU\.(volume|dumpdir)/.test(key)) {
      throw new TarProblem('it has sparse files or parts of volumes');
    }
  }
  return extension;
}

function readContents(source: TarSource, sizeBytes: number): Buffer {
  if (sizeBytes > LONGEST_EXTENSION) throw new TarProblem('it has an extended header of impossible size');
  const contents = source.read(sizeBytes);
  source.skip(padded(sizeBytes) - sizeBytes);
  return contents;
}

function checkSum(header: Buffer): void {
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) sum += at >= 148 && at < 156 ? 0x20 : (header[at] ?? 0);
  if (numberIn(header, 148, 8) !== sum)
    throw new TarProblem('it has a header with a wrong checksum, or is no tar archive');
}

/** Octal digits between blanks and zeros; or, marked by the highest bit, a two's complement number (GNU). */
function numberIn(header: Buffer, start: number, length: number): number {
  const first = header[start] ?? 0;
  if (first === 0x80) {
    const value = BigInt(`0x${header.toString('hex', start + 1, start + length)}`);
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  } else if (first < 0x80) {
    const [, digits] = /^ *([0-7]*)[ \0]*$/.exec(header.toString('latin1', start, start + length)) ?? [];
    if (digits !== undefined) return digits === '' ? 0 : parseInt(digits, 8);
  }
  throw new TarProblem('it has a header with an impossible number, or is no tar archive');
}

function textIn(header: Buffer, start: number, length: number): string {
  const [text = ''] = header.toString('latin1', start, start + length).split('\0');
  return text;
}

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK) * BLOCK;
}

function quoted(name: string): string {
  return JSON.stringify(Buffer.from(name, 'latin1').toString());
}
