import type { ArchiveBlindness } from './cause.ts';

const MAGIC = '!<arch>\n';
const HEADER_BYTES = 60;

/**
 * An ar archive (`.a`, `.deb`) blind to something of its members; undefined for what is none.
 *
 *     header: name (16) · time (12) · uid (6) · gid (6) · mode (8) · size (10) · "`\n"; then the contents, padded to 2
 */
export function blindAr(bytes: Buffer, to: ArchiveBlindness): Buffer | undefined {
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const members: Buffer[] = [];
  for (let at = MAGIC.length; at < bytes.length;) {
    const size = Number(bytes.toString('latin1', at + 48, at + 58).trim());
    const isHeader = bytes.toString('latin1', at + 58, at + HEADER_BYTES) === '`\n';
    if (!isHeader || !Number.isSafeInteger(size) || size < 0) return undefined;
    const end = Math.min(at + HEADER_BYTES + size + (size % 2), bytes.length);
    const member = Buffer.from(bytes.subarray(at, end));
    if (to === 'times') member.fill(' ', 16, 28);
    if (to === 'owners') member.fill(' ', 28, 40);
    members.push(member);
    at = end;
  }
  if (to !== 'order') return Buffer.concat([bytes.subarray(0, MAGIC.length), ...members]);
  // The index of symbols has the places of the members, which follow from the order.
  const sorted = members
    .filter((member) => !/^\/(?:SYM64\/)? /.test(member.toString('latin1', 0, 16)))
    .toSorted(compare);
  return Buffer.concat([bytes.subarray(0, MAGIC.length), ...sorted]);
}

function compare(one: Buffer, other: Buffer): number {
  return Buffer.compare(one, other);
}
