import { createHash } from 'node:crypto';
import type { ManifestLine } from './manifest.ts';

/** Contents of a file, as a manifest names them. */
export type Contents = NonNullable<ManifestLine['contents']>;

/** What travels in one piece: several small contents, one after the other, or a slice of one. */
export interface Parcel {
  /** What it is called where it is kept. */
  readonly key: string;
  readonly sizeBytes: number;
  /** In this order; of a slice the one that it is of. */
  readonly contents: readonly Contents[];
  /** Of a slice of contents that take several: where it begins in them. */
  readonly sliceAt?: number;
}

/** The most that one parcel holds. */
export const SLICE_BYTES: number = 16 * 1024 * 1024;

/** Contents from this length on travel alone. */
const LARGE_BYTES = 256 * 1024;
const FULL_BYTES = 4 * 1024 * 1024;
const FULL_COUNT = 2048;

/**
 * The parcels of a tree: a function of its manifest alone, so that who sends and who fetches need not tell each other.
 *
 *     objects/ab/cdef…/0      large contents by their hash, in slices of 16 MiB
 *     bundles/01/2345…        small ones, in the order in which the manifest first names them; the hash is of that list
 *
 * A bundle ends after contents whose hash begins with `00`, one in 256, or when it is full. So it depends on its neighbours
 * alone: a tree in which one file differs has all bundles in common but one. Empty files do not travel.
 */
export function parcelsOf(lines: readonly ManifestLine[]): Parcel[] {
  const parcels: Parcel[] = [];
  const seen = new Set<string>();
  let bundle: Contents[] = [];
  let bytes = 0;
  const close = (): void => {
    if (bundle.length > 0) parcels.push({ key: bundleKey(bundle), sizeBytes: bytes, contents: bundle });
    bundle = [];
    bytes = 0;
  };
  for (const { contents } of lines) {
    if (contents === undefined || contents.sizeBytes === 0 || seen.has(contents.hash)) continue;
    seen.add(contents.hash);
    if (contents.sizeBytes >= LARGE_BYTES) {
      parcels.push(...slicesOf(contents));
      continue;
    }
    bundle.push(contents);
    bytes += contents.sizeBytes;
    if (contents.hash.startsWith('00') || bytes >= FULL_BYTES || bundle.length >= FULL_COUNT) close();
  }
  close();
  return parcels;
}

function slicesOf(contents: Contents): Parcel[] {
  const { hash, sizeBytes } = contents;
  const folder = `objects/${hash.slice(0, 2)}/${hash.slice(2)}`;
  if (sizeBytes <= SLICE_BYTES) return [{ key: `${folder}/0`, sizeBytes, contents: [contents] }];
  return Array.from({ length: Math.ceil(sizeBytes / SLICE_BYTES) }, (_, index) => {
    const sliceAt = index * SLICE_BYTES;
    return {
      key: `${folder}/${index}`,
      sizeBytes: Math.min(SLICE_BYTES, sizeBytes - sliceAt),
      contents: [contents],
      sliceAt,
    };
  });
}

function bundleKey(bundle: readonly Contents[]): string {
  const id = createHash('sha256');
  for (const { hash, sizeBytes } of bundle) id.update(`${sizeBytes} ${hash}\n`);
  const hex = id.digest('hex');
  return `bundles/${hex.slice(0, 2)}/${hex.slice(2)}`;
}

/** The name of the file in which a parcel lies while it is on the way. */
export function parcelFile(key: string): string {
  return key.replaceAll('/', '_');
}
