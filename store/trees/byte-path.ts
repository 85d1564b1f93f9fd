/**
 * A path as the kernel knows it: bytes, one in each character (latin1).
 *
 * Names in a tree need not be UTF-8, and what is decoded and encoded again may
 * name another file. A Buffer would do, but strings of bytes can be joined,
 * compared (by `<`, byte for byte) and used as keys.
 */
export type BytePath = string;

/** The path that text in JSON or a program stands for. */
export function bytePath(text: string): BytePath {
  return Buffer.from(text).toString('latin1');
}

/** `path` for node:fs, which takes a string to be UTF-8. */
export function systemPath(path: BytePath): string | Buffer {
  // Nearly every name is ASCII, where both are the same and a string is faster.
  return isAscii(path) ? path : Buffer.from(path, 'latin1');
}

/** `path` for people: bytes that are not UTF-8 become U+FFFD. */
export function shownPath(path: BytePath): string {
  return Buffer.from(path, 'latin1').toString();
}

/** `name` in `directory`; either may be empty. */
export function inside(directory: BytePath, name: BytePath): BytePath {
  if (directory === '' || name === '') return directory + name;
  return `${directory}/${name}`;
}

function isAscii(path: BytePath): boolean {
  for (let index = 0; index < path.length; index++) if (path.charCodeAt(index) > 0x7f) return false;
  return true;
}
