import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { formats, isGzip } from './blind-formats.ts';
import { piecesOfAr } from './ar-archive.ts';
import { anywhere, inText } from './blind-text.ts';
import { CAUSES } from './cause.ts';
import type { Blind, DifferenceCause, TwoBuilds } from './cause.ts';

/** What a file is unpacked to, at most: one of a few bytes can hold any number of zeros. */
const MOST_UNPACKED_BYTES = 32 * 1024 * 1024;
/** A compressed file in a compressed file in … */
const MOST_LAYERS = 3;

/**
 * Which causes explain, all together, how two contents differ: as few as possible, none of them when there are others too.
 *
 * All that could explain it is made invisible, one cause after the other, until nothing is left to see; then whatever
 * need not have been is taken back, the coarsest first.
 */
export function causesOf(before: Buffer, after: Buffer, builds: TwoBuilds): DifferenceCause[] {
  return causesIn([before, after], builds, MOST_LAYERS);
}

function causesIn(pair: readonly [Buffer, Buffer], builds: TwoBuilds, layers: number): DifferenceCause[] {
  const unpacked = layers > 0 ? unpackedPair(pair) : undefined;
  if (unpacked !== undefined && !unpacked[0].equals(unpacked[1])) {
    const within = causesIn(unpacked, builds, layers - 1);
    return within.length > 0 && hasOtherHead(pair) ? [...within, 'gzip-time'] : within;
  }
  const pieces = layers > 0 ? pairedPieces(pair) : undefined;
  if (pieces !== undefined) {
    const each = pieces.map((piece) => causesIn(piece, builds, layers - 1));
    // When the order differs, the pieces are of different members: then the whole is looked at.
    if (each.every((causes) => causes.length > 0)) return CAUSES.filter((cause) => each.flat().includes(cause));
  }
  const isText = pair.every(isPlainText);
  const ways = [...formats.map(onBytes), ...anywhere, ...(isText ? inText : [])];
  const [one, other] = pair.map((bytes) => bytes.toString('latin1')) as [string, string];
  const useful: Blind<string>[] = [];
  for (const [seen, unseen] of blinded([one, other], ways, builds)) {
    useful.push(seen);
    if (unseen) return fewest([one, other], useful, builds);
  }
  return [];
}

/** Each way that changes something, in turn, and whether the two are equal then. */
function* blinded(
  pair: readonly [string, string],
  ways: readonly Blind<string>[],
  builds: TwoBuilds,
): Generator<readonly [Blind<string>, boolean]> {
  let [one, other] = pair;
  for (const way of ways) {
    const [oneBlind, otherBlind] = [way.blind(one, builds), way.blind(other, builds)];
    if (oneBlind === one && otherBlind === other) continue;
    [one, other] = [oneBlind, otherBlind];
    yield [way, one === other];
  }
}

/** Of the ways that make two equal, those without which they are not. The later ones are the coarser ones. */
function fewest(pair: readonly [string, string], ways: readonly Blind<string>[], builds: TwoBuilds): DifferenceCause[] {
  let needed: readonly Blind<string>[] = ways;
  for (const way of ways.toReversed()) {
    const without = needed.filter((each) => each !== way);
    const before = blindedPair(pair, needed.slice(0, needed.indexOf(way)), builds);
    // What only one of the two has is not what differs from build to build.
    const [one, other] = before.map((text) => way.places?.(text, builds));
    const isSpared = one !== undefined && one === other;
    const kept = isSpared ? (before.map((text) => way.spare?.(text, builds) ?? text) as [string, string]) : before;
    const after = blindedPair(kept, needed.slice(needed.indexOf(way) + 1), builds);
    if (after[0] === after[1]) needed = without;
  }
  return needed.map(({ cause }) => cause);
}

function blindedPair(
  pair: readonly [string, string],
  ways: readonly Blind<string>[],
  builds: TwoBuilds,
): readonly [string, string] {
  return pair.map((text) => ways.reduce((rest, { blind }) => blind(rest, builds), text)) as [string, string];
}

/** Formats are read from bytes. The last way of another format may have made them what they are not, which stays as it is. */
function onBytes({ cause, blind }: Blind<Buffer>): Blind<string> {
  return {
    cause,
    blind: (text, builds) => {
      const bytes = Buffer.from(text, 'latin1');
      const other = blind(bytes, builds);
      return other === bytes ? text : other.toString('latin1');
    },
  };
}

/** The pieces of two archives that differ, when they have as many. */
function pairedPieces([one, other]: readonly [Buffer, Buffer]): (readonly [Buffer, Buffer])[] | undefined {
  const [ones, others] = [piecesOfAr(one), piecesOfAr(other)];
  if (ones === undefined || others?.length !== ones.length) return undefined;
  return ones.flatMap((piece, index) => {
    const beside = others[index];
    return beside === undefined || piece.equals(beside) ? [] : [[piece, beside] as const];
  });
}

function hasOtherHead([one, other]: readonly [Buffer, Buffer]): boolean {
  return isGzip(one) && !one.subarray(4, 8).equals(other.subarray(4, 8));
}

/** As git tells it: by a zero byte near the beginning. */
function isPlainText(bytes: Buffer): boolean {
  return !bytes.subarray(0, 8000).includes(0);
}

/** What both hold, when both are compressed alike, whole and not too large. */
function unpackedPair([one, other]: readonly [Buffer, Buffer]): readonly [Buffer, Buffer] | undefined {
  const unpack =
    isGzip(one) && isGzip(other) ? gunzipSync : isZstd(one) && isZstd(other) ? zstdDecompressSync : undefined;
  if (unpack === undefined) return undefined;
  try {
    return [
      unpack(one, { maxOutputLength: MOST_UNPACKED_BYTES }),
      unpack(other, { maxOutputLength: MOST_UNPACKED_BYTES }),
    ];
  } catch {
    return undefined; // Damaged, or too large: then it is compared as it is.
  }
}

/** RFC 8878, section 3.1.1. */
function isZstd(bytes: Buffer): boolean {
  return bytes.length >= 9 && bytes.readUInt32LE(0) === 0xfd2fb528;
}
