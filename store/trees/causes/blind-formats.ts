import type { ArchiveBlindness, Blind, Place } from './cause.ts';
import { blindAr } from './ar-archive.ts';
import { blindTar } from './tar-archive.ts';
import { blindZip } from './zip-archive.ts';
import { buildIdPlaces } from './elf-notes.ts';

/** Blind to what formats of files note of when and how they were made. What is not of a format stays as it is. */
export const formats: readonly Blind<Buffer>[] = [
  { cause: 'build-id', blind: (bytes) => zeroed(bytes, buildIdPlaces(bytes)) },
  { cause: 'pyc-time', blind: (bytes) => zeroed(bytes, isTimedPyc(bytes) ? [{ start: 8, end: 12 }] : []) },
  { cause: 'gzip-time', blind: (bytes) => zeroed(bytes, isGzip(bytes) ? [{ start: 4, end: 8 }] : []) },
  { cause: 'archive-times', blind: (bytes) => blindArchive(bytes, 'times') },
  { cause: 'archive-owners', blind: (bytes) => blindArchive(bytes, 'owners') },
  { cause: 'archive-order', blind: (bytes) => blindArchive(bytes, 'order') },
];

function blindArchive(bytes: Buffer, to: ArchiveBlindness): Buffer {
  return blindTar(bytes, to) ?? blindZip(bytes, to) ?? blindAr(bytes, to) ?? bytes;
}

/** RFC 1952, section 2.3. */
export function isGzip(bytes: Buffer): boolean {
  return bytes.length >= 18 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/** PEP 552: a magic number that ends in CR LF, flags, and where no flag is set the time of the source. */
function isTimedPyc(bytes: Buffer): boolean {
  if (bytes.length < 16 || bytes[2] !== 0x0d || bytes[3] !== 0x0a) return false;
  const magic = bytes.readUInt16LE(0);
  return magic >= 3390 && magic < 4500 && bytes.readUInt32LE(4) === 0;
}

/** The same with zeros in those places. */
function zeroed(bytes: Buffer, places: readonly Place[]): Buffer {
  if (places.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  for (const { start, end } of places) copy.fill(0, start, end);
  return copy;
}
