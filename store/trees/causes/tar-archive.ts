import type { ArchiveBlindness, Place } from './cause.ts';

const BLOCK_BYTES = 512;
/** Where in a header: see tar(5) of libarchive, or POSIX's pax. */
const SIZE = { start: 124, end: 136 };
const TIME = { start: 136, end: 148 };
const CHECKSUM = { start: 148, end: 156 };
const OWNER_IDS = { start: 108, end: 124 };
const OWNER_NAMES = { start: 265, end: 329 };
const TYPE = 156;

/** One header with what it is followed by, whole blocks. */
interface Block {
  readonly header: Buffer;
  readonly contents: Buffer;
}

/** A tar archive blind to something of its members; undefined for what is none. */
export function blindTar(bytes: Buffer, to: ArchiveBlindness): Buffer | undefined {
  const members = membersOf(bytes);
  if (members === undefined) return undefined;
  if (to === 'order') return Buffer.concat(members.map(bytesOf).toSorted((one, other) => Buffer.compare(one, other)));
  return Buffer.concat(members.map((blocks) => bytesOf(blocks.map((block) => blindBlock(block, to)))));
}

/** The members, each with the extended headers before it. */
function membersOf(bytes: Buffer): Block[][] | undefined {
  const members: Block[][] = [];
  let blocks: Block[] = [];
  for (let at = 0; at + BLOCK_BYTES <= bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) break;
    const size = sizeOf(header);
    if (size === undefined || checksumOf(header) !== octal(header, CHECKSUM)) return undefined;
    const end = Math.min(at + BLOCK_BYTES + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES, bytes.length);
    blocks.push({ header: Buffer.from(header), contents: Buffer.from(bytes.subarray(at + BLOCK_BYTES, end)) });
    if (!isExtension(header)) {
      members.push(blocks);
      blocks = [];
    }
    at = end;
  }
  return members.length === 0 ? undefined : members;
}

/** Extended headers of pax, and long names of GNU tar, which belong to the member behind them. */
function isExtension(header: Buffer): boolean {
  return 'xgLK'.includes(String.fromCharCode(header[TYPE] ?? 0)) && header[TYPE] !== 0;
}

function blindBlock({ header, contents }: Block, to: 'times' | 'owners'): Block {
  const blind = Buffer.from(header);
  for (const { start, end } of to === 'times' ? [TIME] : [OWNER_IDS, OWNER_NAMES]) blind.fill(0, start, end);
  const isPax = header[TYPE] === 0x78 || header[TYPE] === 0x67;
  const kept = isPax ? paxWithout(contents, to === 'times' ? PAX_TIMES : PAX_OWNERS) : contents;
  if (isPax) {
    // Its name holds the process that wrote it, by GNU tar's default.
    blind.fill(0, 0, 100);
    blind.write(`${kept.length.toString(8).padStart(11, '0')}\0`, SIZE.start, 'latin1');
  }
  blind.write(checksumOf(blind).toString(8).padStart(6, '0') + '\0 ', CHECKSUM.start, 'latin1');
  return { header: blind, contents: kept };
}

const PAX_TIMES = /^(?:[amc]time|LIBARCHIVE\.creationtime)=/;
const PAX_OWNERS = /^(?:[ug]id|[ug]name)=/;

/** Records `length key=value\n`, but those with such a key. */
function paxWithout(contents: Buffer, key: RegExp): Buffer {
  const kept: string[] = [];
  const text = contents.toString('latin1');
  for (let at = 0; at < text.length;) {
    const length = Number(/^(\d{1,9}) /.exec(text.slice(at, at + 10))?.[1] ?? 0);
    if (length === 0) break;
    const record = text.slice(at, at + length);
    if (!key.test(record.slice(record.indexOf(' ') + 1))) kept.push(record);
    at += length;
  }
  const records = kept.join('');
  // Whole blocks, so that it can be read as an archive once more; an empty one stays a header of nothing.
  const bytes = Buffer.alloc(Math.ceil(records.length / BLOCK_BYTES) * BLOCK_BYTES);
  bytes.write(records, 'latin1');
  return bytes;
}

function bytesOf(blocks: readonly Block[]): Buffer {
  return Buffer.concat(blocks.flatMap(({ header, contents }) => [header, contents]));
}

/** The sum of a header with blanks in the place of the sum. */
function checksumOf(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < BLOCK_BYTES; at++) {
    sum += at >= CHECKSUM.start && at < CHECKSUM.end ? 0x20 : (header[at] ?? 0);
  }
  return sum;
}

/** Links and the like may have a size that nothing follows. */
function sizeOf(header: Buffer): number | undefined {
  if ('123456'.includes(String.fromCharCode(header[TYPE] ?? 0)) && header[TYPE] !== 0) return 0;
  return octal(header, SIZE);
}

function octal(header: Buffer, { start, end }: Place): number | undefined {
  const text = header.toString('latin1', start, end).replaceAll(/[\0 ]+/g, '');
  return /^[0-7]*$/.test(text) ? parseInt(text || '0', 8) : undefined;
}
