import { ContractorError } from '../../errors.ts';
import { inside } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { readContents } from './hash-file.ts';
import type { ManifestLine } from './manifest.ts';
import { SLICE_BYTES } from './parcels.ts';
import type { Parcel } from './parcels.ts';
import { entryAt } from './tree-entry.ts';

/**
 * What a tree has and its digest does not tell: times, and which files are hard links of each other. And which parcels are nothing
 * but zeros, and so are not sent: the hash of the contents says whether that is true.
 */
export interface TreeDetails {
  /** Of each line of the manifest, in milliseconds since 1970. */
  readonly times: readonly number[];
  /** The lines that are one file. */
  readonly links: readonly (readonly number[])[];
  /** Keys of parcels. */
  readonly zeros: readonly string[];
}

/** The details of the tree at `root`, whose manifest has `lines`. */
export function readDetails(root: BytePath, lines: readonly ManifestLine[], parcels: readonly Parcel[]): TreeDetails {
  const times: number[] = [];
  const linesOfInode = new Map<number, number[]>();
  const sparse = new Map<string, BytePath>();
  for (const [index, { path, contents }] of lines.entries()) {
    const entry = entryAt(inside(root, path), path);
    if (entry === undefined) throw damaged(path);
    times.push(entry.mtimeMs);
    if (contents === undefined) continue;
    if (entry.links > 1) {
      const same = linesOfInode.get(entry.inode);
      if (same) same.push(index);
      else linesOfInode.set(entry.inode, [index]);
    }
    if (entry.holeBytes >= SLICE_BYTES) sparse.set(contents.hash, inside(root, path));
  }
  const zeros = parcels.filter(
    ({ sliceAt, contents: [contents] }) => sliceAt === 0 && sparse.has(contents?.hash ?? ''),
  );
  return {
    times,
    links: [...linesOfInode.values()].filter(({ length }) => length > 1),
    zeros: zeros.flatMap(({ key, contents: [contents] }) => zeroSlices(sparse.get(contents?.hash ?? '') ?? '', key)),
  };
}

/** The keys of those slices of a file that are zeros from one end to the other; `first` is that of its first. */
function zeroSlices(location: BytePath, first: string): string[] {
  const folder = first.slice(0, first.lastIndexOf('/'));
  const found: string[] = [];
  let at = 0;
  let isZero = true;
  readContents(location, (piece, isLast) => {
    isZero &&= piece.every((byte) => byte === 0);
    at += piece.length; // Pieces are 1 MiB, so none is of two slices.
    if (!isLast && at % SLICE_BYTES !== 0) return;
    if (isZero) found.push(`${folder}/${Math.ceil(at / SLICE_BYTES) - 1}`);
    isZero = true;
  });
  return found;
}

/** Details that somebody has sent. They belong to no digest, so they can be wrong, but must do no harm. @throws PLACE_DAMAGED */
export function checkedDetails(text: string, lines: readonly ManifestLine[]): TreeDetails {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw refused();
  }
  const { times, links, zeros } = (read ?? {}) as { [Key in keyof TreeDetails]?: unknown };
  const isTime = (time: unknown) => typeof time === 'number' && Math.abs(time) < 1e14;
  if (!Array.isArray(times) || times.length !== lines.length || !times.every(isTime)) throw refused();
  if (!Array.isArray(zeros) || !zeros.every((key) => typeof key === 'string')) throw refused();
  if (!Array.isArray(links) || !links.every((group) => areOneFile(group, lines))) throw refused();
  return { times: times as number[], links: links as number[][], zeros };
}

function areOneFile(group: unknown, lines: readonly ManifestLine[]): boolean {
  if (!Array.isArray(group) || group.length < 2) return false;
  const [first, ...others] = (group as unknown[]).map((index) => lines[index as number]);
  return [first, ...others].every(
    (line) =>
      line?.contents !== undefined &&
      line.contents.hash === first?.contents?.hash &&
      line.mode === first.mode &&
      line.uid === first.uid &&
      line.gid === first.gid,
  );
}

function refused(): ContractorError {
  return new ContractorError(
    'PLACE_DAMAGED',
    'What has arrived of the times and hard links of the artifact does not fit its manifest.',
    'Push the artifact again with `--anew`, from a store that has it.',
  );
}

function damaged(path: BytePath): ContractorError {
  return new ContractorError(
    'ARTIFACT_DAMAGED',
    `The artifact has lost \`${Buffer.from(path, 'latin1').toString()}\`.`,
    'Have it forgotten with `contractor doctor --store --mend`, then build again.',
  );
}
