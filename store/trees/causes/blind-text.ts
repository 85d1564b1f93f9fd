import type { Blind, TwoBuilds } from './cause.ts';

/** Contents as text whose characters are bytes (latin1), so that what is not UTF-8 stays as it is. */
type ByteText = string;

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}';
const DAY = '(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? {1,2})?';
const CLOCK = '\\d{1,2}:\\d\\d(?::\\d\\d(?:[.,]\\d{1,9})?)?(?: ?[AaPp][Mm])?';
const ZONE = '(?: ?(?:Z\\b|UTC|GMT|[+-]\\d\\d:?\\d\\d\\b))?';

/** Dates and times as programs write them, the longer forms first. */
const TIMES: readonly RegExp[] = [
  // 2026-11-25T21:41:22.123+00:00, 2026-11-25 21:41, 2026-11-25
  new RegExp(`(?<!\\d)\\d{4}-\\d\\d-\\d\\d(?:[T _]${CLOCK}${ZONE})?(?!\\d)`, 'g'),
  // Wed Nov 25 21:41:22 UTC 2026, Nov 25 2026, November 25, 2026 9:41 PM
  new RegExp(`${DAY}\\b${MONTH} {1,2}\\d{1,2}\\b(?:,? \\d{4}\\b)?(?:,? ${CLOCK}${ZONE}(?: \\d{4}\\b)?)?`, 'g'),
  // Wed, 25 Nov 2026 21:41:22 +0000, 25-Nov-2026
  new RegExp(`${DAY}\\b\\d{1,2}[ -]${MONTH}[ -]\\d{4}\\b(?:,? ${CLOCK}${ZONE})?`, 'g'),
  // 25/11/2026, 2026/11/25
  new RegExp(
    `(?<![\\d/])(?:\\d{1,2}/\\d{1,2}/\\d{2,4}|\\d{4}/\\d{1,2}/\\d{1,2})(?:,? ${CLOCK}${ZONE})?(?![\\d/])`,
    'g',
  ),
  // 20261125T214122Z, 20261125-2141, 20261125214122, 20261125
  /(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[T_.-]?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?Z?)?(?!\d)/g,
  // 21:41:22
  new RegExp(`(?<![\\d:])${CLOCK}${ZONE}(?![\\d:])`, 'g'),
];

const DAY_MS = 24 * 60 * 60 * 1000;

/** Seconds, milli-, micro- or nanoseconds since 1970, perhaps with a fraction. */
const SINCE_1970 = /(?<![\d.])(\d{10})(?:\d{3}|\d{6}|\d{9})?(?:\.\d{1,9})?(?![\d.])/g;

/** What was replaced, so that two places of one kind look alike. No text has it: it begins with a zero byte. */
const PLACE = '\0?';

/** What is put in the place of what was found. */
type Replace = (found: string) => string;

function replaceTimes(text: ByteText, { from, to }: TwoBuilds, replace: Replace): ByteText {
  const near = text.replaceAll(SINCE_1970, (found, seconds: string) => {
    const at = Number(seconds) * 1000;
    return at >= from - DAY_MS && at <= to + DAY_MS ? replace(found) : found;
  });
  return replaceAll(near, TIMES, replace);
}

function replaceAll(text: ByteText, patterns: readonly RegExp[], replace: Replace): ByteText {
  return patterns.reduce((rest, pattern) => rest.replaceAll(pattern, replace), text);
}

/** A way that finds places in a text. */
function placesOf(
  cause: Blind<ByteText>['cause'],
  replaced: (text: ByteText, builds: TwoBuilds, replace: Replace) => ByteText,
): Blind<ByteText> {
  return {
    cause,
    blind: (text, builds) => replaced(text, builds, () => PLACE),
    places: (text, builds) => {
      let count = 0;
      replaced(text, builds, () => {
        count++;
        return PLACE;
      });
      return count;
    },
    // Digits become bytes that no way is blind to.
    spare: (text, builds) =>
      replaced(text, builds, (found) => found.replaceAll(/\d/g, (digit) => String.fromCharCode(0xe0 + Number(digit)))),
  };
}

/** 0.53s, 12 ms, 3 seconds */
const DURATION = /(?<![\w.])\d{1,9}(?:\.\d{1,9})? ?(?:ns|us|ms|s|secs?|seconds?|minutes?|mins?|m)\b/g;

const RANDOM_NAMES: readonly RegExp[] = [
  /(?<![\da-f])[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}(?![\da-f])/gi,
  /\/tmp\/[\w.+-]{1,255}/g,
  // tempfile of Python, mktemp(1), mkstemp(3) of many
  /(?<!\w)(?:tmp|temp|cc|build)[._-]?[A-Za-z0-9_]{6,12}(?!\w)/g,
];

const DIGEST = /(?<![\dA-Za-z])(?:[\da-f]{16,128}|[\dA-F]{16,128})(?![\dA-Za-z])/g;
const ADDRESS = /(?<![\dA-Za-z])0x[\da-f]{1,16}(?![\dA-Za-z])/gi;
const NUMBER = /\d{1,40}/g;
const WORD = /[\w./+@-]{1,4096}/g;

/** Blind to what may stand in any file. */
export const anywhere: readonly Blind<ByteText>[] = [
  placesOf('time', replaceTimes),
  placesOf('random-name', (text, _builds, replace) => replaceAll(text, RANDOM_NAMES, replace)),
  placesOf('digest', (text, _builds, replace) => replaceAll(text, [DIGEST], replace)),
  placesOf('address', (text, _builds, replace) => replaceAll(text, [ADDRESS], replace)),
];

/** Blind to what says something in text alone: in other bytes there are numbers and words by accident. */
export const inText: readonly Blind<ByteText>[] = [
  placesOf('duration', (text, _builds, replace) => replaceAll(text, [DURATION], replace)),
  placesOf('processors', (text, { processors }, replace) =>
    new Set(processors).size < 2
      ? text
      : text.replaceAll(new RegExp(`(?<![\\d.])(?:${processors.join('|')})(?![\\d.]\\d|\\d)`, 'g'), replace),
  ),
  { cause: 'number', blind: (text) => text.replaceAll(NUMBER, PLACE) },
  { cause: 'line-order', blind: (text) => linesOf(text).toSorted().join('\n') },
  {
    cause: 'word-order',
    blind: (text) => `${(text.match(WORD) ?? []).toSorted().join('\n')}\0${text.replaceAll(WORD, PLACE)}`,
  },
];

/** Whether the last line is ended says nothing of the order. */
function linesOf(text: ByteText): readonly string[] {
  return text.replace(/\n$/, '').split('\n');
}
