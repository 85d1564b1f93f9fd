import { openLog } from './log-index.ts';

const CHUNK_BYTES = 1 << 20;

/** Lines in which something was found, counted from 0. */
export interface Found {
  readonly lines: readonly number[];
  /** Set when there may be more: where to go on. */
  readonly next?: Place;
}

/** The beginning of a line: its number, and its place in the file. */
export interface Place {
  readonly line: number;
  readonly offset: number;
}

/**
 * The lines that hold `text`, whatever its case and whatever colours are between,
 * from `place` on; at most `most` of them, and at most `mostBytes` are read for
 * them, so that an answer comes soon.
 */
export async function findInLog(
  path: string,
  text: string,
  {
    place = { line: 0, offset: 0 },
    most = 1000,
    mostBytes = 256 << 20,
  }: { readonly place?: Place; readonly most?: number; readonly mostBytes?: number } = {},
): Promise<Found> {
  await using file = await openLog(path);
  if (file === undefined || text === '') return { lines: [] };
  const needle = comparable(Buffer.from(text));
  const lines: number[] = [];
  let { line, offset } = place;
  const last = offset + mostBytes;
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  while (lines.length < most && offset < last) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
    if (bytesRead === 0) return { lines };
    const isLast = bytesRead < buffer.length;
    const end = isLast ? bytesRead : buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    if (end === 0) {
      // One line that is longer than all that was read of it: what is in it is seen with more of it at once.
      buffer = Buffer.allocUnsafe(buffer.length * 2);
      if (buffer.length > 64 * CHUNK_BYTES) return { lines };
      continue;
    }
    const here = comparable(buffer.subarray(0, end));
    let counted = 0;
    for (let at = here.indexOf(needle); at !== -1;) {
      line += newlines(here, counted, at);
      counted = at;
      lines.push(line);
      const after = here.indexOf('\n', at);
      at = after === -1 ? -1 : here.indexOf(needle, after);
    }
    line += newlines(here, counted, here.length);
    offset += end;
    if (isLast) return { lines };
  }
  return { lines, next: { line, offset } };
}

/** Bytes as characters, so that any bytes compare; without colours, which stand between letters. */
function comparable(bytes: Buffer): string {
  const text = bytes.toString('latin1').toLowerCase();
  return text.includes('\u001b') ? text.replaceAll(/\u001b\[[\d;:]*m/g, '') : text;
}

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
