import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { neutralised } from '../text/neutralised.ts';

/** As much as is read from the end of a log: enough for a screenful of lines. */
const TAIL_BYTES = 16 * 1024;

/**
 * The last `count` lines with anything on them of the log at `path`, ready to
 * be shown; none when there is no such file yet.
 */
export function logTail(path: string, count: number): readonly string[] {
  const lines = neutralised(endOf(path))
    .split('\n')
    .map((line) => line.replaceAll('\t', '  ').trimEnd())
    .filter((line) => line !== '');
  return count === 0 ? [] : lines.slice(-count);
}

function endOf(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    // The step has not written yet, or the log is gone: there is nothing to show, and the face goes on.
    return '';
  }
  try {
    const size = fstatSync(file).size;
    const length = Math.min(size, TAIL_BYTES);
    const buffer = Buffer.alloc(length);
    const read = readSync(file, buffer, 0, length, size - length);
    const text = new StringDecoder('utf8').write(buffer.subarray(0, read));
    // What begins in the middle of a line, and perhaps of a character, is no line.
    return size > length ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    closeSync(file);
  }
}
