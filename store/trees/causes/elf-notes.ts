import type { Place } from './cause.ts';

/** The type of a program header, and of a note of the name `GNU`: see elf(5). */
const PT_NOTE = 4;
const NT_GNU_BUILD_ID = 3;
/** More program headers than any linker writes. */
const MOST_HEADERS = 256;

/**
 * Where the build ids of an ELF file are; none in what is not ELF, or is cut off.
 *
 *     note: name size (4) · contents size (4) · type (4) · name, padded to 4 · contents, padded to 4
 */
export function buildIdPlaces(bytes: Buffer): Place[] {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46) return [];
  const isLong = bytes[4] === 2;
  const isLittle = bytes[5] === 1;
  const half = (at: number): number => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const word = (at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const address = (at: number): number =>
    isLong ? Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)) : word(at);
  const headers = address(isLong ? 32 : 28);
  const size = half(isLong ? 54 : 42);
  const count = Math.min(half(isLong ? 56 : 44), MOST_HEADERS);
  const places: Place[] = [];
  for (let index = 0; index < count; index++) {
    const at = headers + index * size;
    if (size < (isLong ? 56 : 32) || at + size > bytes.length || word(at) !== PT_NOTE) continue;
    const start = address(at + (isLong ? 8 : 4));
    const end = start + address(at + (isLong ? 32 : 16));
    for (let note = start; note + 12 <= Math.min(end, bytes.length);) {
      const nameSize = word(note);
      const contentsSize = word(note + 4);
      const contents = note + 12 + padded(nameSize);
      const next = contents + padded(contentsSize);
      if (next > bytes.length) break;
      const isGnu = nameSize === 4 && bytes.toString('latin1', note + 12, note + 16) === 'GNU\0';
      if (isGnu && word(note + 8) === NT_GNU_BUILD_ID) places.push({ start: contents, end: contents + contentsSize });
      note = next;
    }
  }
  return places;
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}
