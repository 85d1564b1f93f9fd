import type { ArchiveBlindness } from './cause.ts';

/** The signatures of APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16. */
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** Extra fields with times: NTFS's, Unix's, and the extended timestamp; with owners: Info-ZIP's old and new ones. */
const TIME_FIELDS: ReadonlySet<number> = new Set([0x000a, 0x5855, 0x5455]);
const OWNER_FIELDS: ReadonlySet<number> = new Set([0x7855, 0x7875]);

/** The head of a member in the directory at the end, and the member itself, up to the next. */
interface Member {
  readonly entry: Buffer;
  readonly local: Buffer;
}

/**
 * A zip archive (jar, wheel) blind to something of its members; undefined for what is none. What is given
 * back is no archive any more when it is blind to the order, as the places of members are gone.
 */
export function blindZip(bytes: Buffer, to: ArchiveBlindness): Buffer | undefined {
  if (bytes.length < 22 || bytes.readUInt32LE(0) !== LOCAL) return undefined;
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || end + 22 > bytes.length || bytes.readUInt32LE(end) !== END) return undefined;
  const directory = bytes.readUInt32LE(end + 16);
  const copy = Buffer.from(bytes);
  const heads: { readonly at: number; readonly length: number; readonly local: number }[] = [];
  for (let at = directory; at + 46 <= end && copy.readUInt32LE(at) === CENTRAL;) {
    const [name, extra, comment] = [28, 30, 32].map((field) => copy.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    const local = copy.readUInt32LE(at + 42);
    const length = 46 + name + extra + comment;
    if (at + length > end || local + 30 > directory || copy.readUInt32LE(local) !== LOCAL) return undefined;
    const localName = copy.readUInt16LE(local + 26);
    if (to === 'times') {
      copy.fill(0, at + 12, at + 16);
      copy.fill(0, local + 10, local + 14);
    }
    if (to !== 'order') {
      const fields = to === 'times' ? TIME_FIELDS : OWNER_FIELDS;
      blindExtra(copy.subarray(at + 46 + name, at + 46 + name + extra), fields);
      const localExtra = local + 30 + localName;
      blindExtra(copy.subarray(localExtra, localExtra + copy.readUInt16LE(local + 28)), fields);
    }
    heads.push({ at, length, local });
    at += length;
  }
  if (heads.length === 0) return undefined;
  if (to !== 'order') return copy;
  const starts = heads.map(({ local }) => local).toSorted((one, other) => one - other);
  const members = heads.map(({ at, length, local }): Member => {
    const entry = Buffer.from(copy.subarray(at, at + length));
    entry.fill(0, 42, 46);
    return { entry, local: copy.subarray(local, starts.find((start) => start > local) ?? directory) };
  });
  const sorted = members.toSorted((one, other) => Buffer.compare(one.entry.subarray(46), other.entry.subarray(46)));
  return Buffer.concat(sorted.flatMap(({ entry, local }) => [entry, local]));
}

/** Puts zeros into the extra fields of these kinds. A field: kind (2) · size (2) · contents. */
function blindExtra(extra: Buffer, kinds: ReadonlySet<number>): void {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (kinds.has(extra.readUInt16LE(at))) extra.fill(0, at + 4, Math.min(end, extra.length));
    at = end;
  }
}
