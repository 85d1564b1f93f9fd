import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import type { DifferenceCause, TwoBuilds } from './causes/cause.ts';
import { causesOf } from './causes/causes-of.ts';

/** How the contents of a file differ. */
export interface ContentsDifference {
  /** They explain it all together; none when something else differs too. */
  readonly causes: readonly DifferenceCause[];
  /** Neither was looked into: too long, or too many before it. Where they differ first is told all the same. */
  readonly isLookedInto: boolean;
  /** Where the two begin to differ. */
  readonly offset: number;
  /** The same place in text: the line, from 1, and what stands there in both, cut to what can be shown. Untrusted. */
  readonly line?: { readonly number: number; readonly before: string; readonly after: string };
}

/** Longer files are not searched for causes. */
const MOST_FILE_BYTES = 4 * 1024 * 1024;
/** Nor are all files of a tree, when they are so many that a person would not wait for it. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_FILES = 5000;
const LONGEST_SAMPLE = 160;

/** Tells how files differ, one after the other, within bounds that hold for all of them together. */
export class ContentsDifferences {
  #bytes = 0;
  #files = 0;
  readonly #builds: TwoBuilds;

  constructor(builds: TwoBuilds) {
    this.#builds = builds;
  }

  /** Of two regular files. */
  between(before: BytePath, after: BytePath): ContentsDifference {
    const [one, other] = [beginning(before), beginning(after)];
    const isWhole = one.isWhole && other.isWhole;
    this.#bytes += one.bytes.length + other.bytes.length;
    this.#files++;
    const isLookedInto = isWhole && this.#bytes <= MOST_BYTES && this.#files <= MOST_FILES;
    const offset = firstDifference(one.bytes, other.bytes);
    const line = lineAt(offset, one.bytes, other.bytes);
    return {
      causes: isLookedInto ? causesOf(one.bytes, other.bytes, this.#builds) : [],
      isLookedInto,
      offset,
      ...(line === undefined ? {} : { line }),
    };
  }
}

/** Where two contents begin to differ; the length of the shorter one when that is all of the beginning of the other. */
export function firstDifference(one: Buffer, other: Buffer): number {
  const length = Math.min(one.length, other.length);
  // Halving is quicker than to go through them byte by byte: to compare is the machine's.
  let [same, differs] = [0, length];
  while (same < differs) {
    const middle = same + Math.ceil((differs - same) / 2);
    if (one.compare(other, same, middle, same, middle) === 0) same = middle;
    else differs = middle - 1;
  }
  return same;
}

/** The line that an offset is in, when both are text. */
function lineAt(offset: number, one: Buffer, other: Buffer): ContentsDifference['line'] {
  if (![one, other].every(isReadable)) return undefined;
  const start = offset === 0 ? 0 : one.lastIndexOf('\n', offset - 1) + 1;
  // A long line is shown from a little before the place.
  const from = offset - start > LONGEST_SAMPLE / 2 ? offset - LONGEST_SAMPLE / 4 : start;
  const sample = (bytes: Buffer): string => {
    const end = bytes.indexOf('\n', from);
    return bytes.toString('utf8', from, Math.min(end === -1 ? bytes.length : end, from + LONGEST_SAMPLE));
  };
  let number = 1;
  for (let at = one.indexOf('\n'); at !== -1 && at < start; at = one.indexOf('\n', at + 1)) number++;
  return { number, before: sample(one), after: sample(other) };
}

/** Whether a person can read it: UTF-8 without control characters but those of lines and colours. */
function isReadable(bytes: Buffer): boolean {
  // oxlint-disable-next-line no-control-regex
  return isUtf8(bytes) && !/[\x00-\x07\x0e-\x1a\x1c-\x1f]/.test(bytes.toString('latin1'));
}

function beginning(location: BytePath): { readonly bytes: Buffer; readonly isWhole: boolean } {
  const file = openSync(systemPath(location), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, MOST_FILE_BYTES));
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(file, bytes, length, bytes.length - length, length);
      if (read === 0) break;
      length += read;
    }
    return { bytes: bytes.subarray(0, length), isWhole: length === size };
  } finally {
    closeSync(file);
  }
}
