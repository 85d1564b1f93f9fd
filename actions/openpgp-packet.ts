/** A packet of OpenPGP. */
export interface Packet {
  readonly tag: number;
  readonly body: Uint8Array;
  /** Where the next one begins. */
  readonly end: number;
}

export const SIGNATURE = 2;
export const PUBLIC_KEY = 6;
export const PUBLIC_SUBKEY = 14;

/** RFC 9580, 4.2: both formats of a header; lengths that are partial or open have no place in a key. */
export function packetAt(bytes: Uint8Array, start: number): Packet | undefined {
  const head = bytes[start] ?? 0;
  if ((head & 0x80) === 0) return undefined;
  const isNew = (head & 0x40) !== 0;
  const first = bytes[start + 1] ?? 0;
  const number = (at: number, length: number): number =>
    bytes.subarray(at, at + length).reduce((sum, byte) => sum * 256 + byte, 0);
  const frame = isNew
    ? first < 192
      ? { from: 2, length: first }
      : first < 224
        ? { from: 3, length: (first - 192) * 256 + (bytes[start + 2] ?? 0) + 192 }
        : first === 255
          ? { from: 6, length: number(start + 2, 4) }
          : undefined
    : OLD_LENGTHS.map((length) => ({ from: 1 + length, length: number(start + 1, length) }))[head & 3];
  if (frame === undefined) return undefined;
  const end = start + frame.from + frame.length;
  if (end > bytes.length) return undefined;
  return { tag: isNew ? head & 0x3f : (head >> 2) & 0x0f, body: bytes.subarray(start + frame.from, end), end };
}

const OLD_LENGTHS = [1, 2, 4];
