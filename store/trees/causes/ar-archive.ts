import type { ArchiveBlindness } from './cause.ts';

const MAGIC = '!<arch>\n';
const HEADER_BYTES = 60;
/** Where in a header. */
const TIME = { start: 16, end: 28 };
const OWNERS = { start: 28, end: 40 };
const SIZE = { start: 48, end: 58 };

interface Member {
  readonly header: Buffer;
  readonly contents: Buffer;
}

/**
 * The members of an ar archive (`.a`, `.deb`); undefined for what is none.
 *
 *     header: name (16) · time (12) · uid (6) · gid (6) · mode (8) · size (10) · "`\n"; then the contents, padded to 2
 */
function membersOf(bytes: Buffer): Member[] | undefined {
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const members: Member[] = [];
  for (let at = MAGIC.length; at < bytes.length;) {
    const size = Number(bytes.toString('latin1', at + SIZE.start, at + SIZE.end).trim());
    const isHeader = bytes.toString('latin1', at + SIZE.end, at + HEADER_BYTES) === '`\n';
    if (!isHeader || !Number.isSafeInteger(size) || size < 0) return undefined;
    const begin = at + HEADER_BYTES;
    const end = Math.min(begin + size, bytes.length);
    members.push({ header: Buffer.from(bytes.subarray(at, begin)), contents: bytes.subarray(begin, end) });
    at = end + (size % 2);
  }
  return members;
}

/** An ar archive blind to something of its members; undefined for what is none. */
export function blindAr(bytes: Buffer, to: ArchiveBlindness): Buffer | undefined {
  const members = membersOf(bytes);
  if (members === undefined) return undefined;
  for (const { header } of members) {
    if (to === 'times') header.fill(' ', TIME.start, TIME.end);
    if (to === 'owners') header.fill(' ', OWNERS.start, OWNERS.end);
  }
  // The index of symbols has the places of the members, which follow from the order.
  const isIndex = ({ header }: Member): boolean => /^\/(?:SYM64\/)? /.test(header.toString('latin1', 0, 16));
  const kept = (to === 'order' ? members.filter((member) => !isIndex(member)) : members).map(bytesOf);
  return Buffer.concat([
    Buffer.from(MAGIC, 'latin1'),
    ...(to === 'order' ? kept.toSorted((one, other) => Buffer.compare(one, other)) : kept),
  ]);
}

function bytesOf({ header, contents }: Member): Buffer {
  return Buffer.concat([header, contents, Buffer.alloc(contents.length % 2, '\n')]);
}

/**
 * An ar archive in pieces that differ each for reasons of its own: what is noted of the members, as an archive of empty
 * ones, then their contents. Undefined for what is none.
 */
export function piecesOfAr(bytes: Buffer): Buffer[] | undefined {
  const members = membersOf(bytes);
  if (members === undefined || members.length === 0) return undefined;
  const heads = members.map(({ header }) => {
    const head = Buffer.from(header);
    head.write('0'.padEnd(SIZE.end - SIZE.start), SIZE.start, 'latin1');
    return head;
  });
  return [Buffer.concat([Buffer.from(MAGIC, 'latin1'), ...heads]), ...members.map(({ contents }) => contents)];
}
