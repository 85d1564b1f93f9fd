/**
 * `text` with every character that could steer a terminal, or hide what is
 * there, replaced by one that can be seen and takes one column.
 *
 * The C0 controls become their Unicode pictures (`␛` for escape); all else of
 * the kind (C1 controls, direction marks, line separators, lone surrogates)
 * becomes `�`. A tab becomes one space: who cares for tab stops expands first.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '\t') return ' ';
    if (character === '\x7f') return '␡';
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : '�';
  });
}

/** A piece of the user's text as a message quotes it: printable, in backquotes, cut when it is long. */
export function quoted(text: string): string {
  return `\`${cut(printable(text), 60)}\``;
}

/** `text` with at most `length` code points, the last one `…` if any were cut off. */
export function cut(text: string, length: number): string {
  // A code point has at most two code units: a huge text is not spread whole.
  const points = Array.from(text.slice(0, 2 * (length + 1)));
  return points.length <= length ? text : `${points.slice(0, length - 1).join('')}…`;
}

/** How many columns of a terminal printable text takes: wide characters take two, combining ones none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (WIDE.test(character)) width += 2;
    else if (!COMBINING.test(character)) width += 1;
  }
  return width;
}

/** East Asian Wide and Fullwidth, by block rather than by character (UAX #11), and the emoji that are shown as pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const COMBINING = /\p{M}/u;
