/**
 * How many columns of a terminal `text` takes at most: wide characters take
 * two, combining ones none.
 *
 * Counted code point by code point, as terminals that know no grapheme clusters
 * do: one that joins an emoji sequence shows it narrower than this, never wider.
 */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** `text`, or as much of its beginning as fits `width` columns with a `…` after it. */
export function truncated(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return '';
  let taken = '';
  let left = width - 1;
  for (const character of text) {
    left -= columnsOf(character);
    if (left < 0) break;
    taken += character;
  }
  return `${taken}…`;
}

function columnsOf(character: string): number {
  if (WIDE.test(character)) return 2;
  return COMBINING.test(character) ? 0 : 1;
}

const PLAIN = /^[\x20-\x7e]*$/;

/** East Asian Wide and Fullwidth by block (UAX #11), emoji, and the selector that turns a sign into an emoji. */
const WIDE =
  /[\u1100-\u115f\u231a\u231b\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18df2}\u{1aff0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const COMBINING = /[\p{Mn}\p{Me}\p{Cf}]/u;
