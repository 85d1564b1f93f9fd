/**
 * `value` as JSON that steers no terminal either: what `JSON.stringify` leaves as it is of control characters and marks of
 * direction is escaped, which for who parses it is the same.
 */
export function jsonText(value: unknown, indentation = 0): string {
  return JSON.stringify(value, null, indentation).replaceAll(STEERING, escaped);
}

/** DEL and C1; the marks, embeddings, overrides and isolates of direction; what some take for ends of lines. */
// oxlint-disable-next-line no-control-regex
const STEERING = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
