/**
 * Why two builds of the same thing may give other contents, as far as it can be told from the contents. Public API.
 *
 * `time`: dates, clock times, or seconds since 1970 near the builds · `duration`: how long something took ·
 * `random-name`: a UUID, a temporary file · `digest`: long hexadecimal numbers, which mostly follow from another
 * difference · `address`: of memory · `processors`: how many there were · `number`: any other decimal number ·
 * `line-order`, `word-order`: the same in another order · `gzip-time`, `pyc-time`: the time in the head of such a file ·
 * `archive-times`, `archive-owners`, `archive-order`: of the members of a tar, zip (jar, wheel) or ar archive ·
 * `build-id`: that of an ELF file, which the linker computes from all of it.
 */
export const CAUSES = [
  'build-id',
  'pyc-time',
  'gzip-time',
  'archive-times',
  'archive-owners',
  'archive-order',
  'time',
  'duration',
  'random-name',
  'digest',
  'address',
  'processors',
  'number',
  'line-order',
  'word-order',
] as const;

/** One of {@link CAUSES}. */
export type DifferenceCause = (typeof CAUSES)[number];

/** What is known of the two builds. */
export interface TwoBuilds {
  /** When the first began and the second ended, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** How many processors each saw. */
  readonly processors: readonly number[];
}

/**
 * What makes contents blind to one cause: two that differ by nothing else become equal. The same function for both
 * sides, so that what is equal stays so, and the ways to be blind can follow one another.
 */
export interface Blind<Contents> {
  readonly cause: DifferenceCause;
  blind(contents: Contents, builds: TwoBuilds): Contents;
  /** How many places it finds. */
  places?(contents: Contents, builds: TwoBuilds): number;
  /** Leaves what it finds to be seen, and hides it from the ways after it: of a clock time, only the digits are numbers. */
  spare?(contents: Contents, builds: TwoBuilds): Contents;
}

/** Which of the things that archives note of their members is not looked at. */
export type ArchiveBlindness = 'times' | 'owners' | 'order';

/** From one byte to before another. */
export interface Place {
  readonly start: number;
  readonly end: number;
}
