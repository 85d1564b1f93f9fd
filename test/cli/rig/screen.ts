import { PassThrough } from 'node:stream';
import type { Output } from '../../../cli/context.ts';

/** An output that keeps what is written to it, and is a terminal of a size if it is given one. */
export function capture(size?: { columns: number; rows: number }): { output: Output; text: () => string } {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return {
    output: Object.assign(stream, size === undefined ? {} : { isTTY: true, ...size }),
    text: () => Buffer.concat(chunks).toString(),
  };
}

/**
 * As much of a terminal as a live area uses: cursor up, carriage return, new
 * line, erase to the end of the line and of the screen. Anything else is an error.
 */
export function screen(size: { columns: number; rows: number }): {
  output: Output;
  lines: () => string[];
  writes: () => number;
} {
  let lines: string[] = [''];
  let row = 0;
  let column = 0;
  let writes = 0;
  const put = (text: string): void => {
    const line = (lines[row] ?? '').padEnd(column);
    lines[row] = line.slice(0, column) + text + line.slice(column + text.length);
    column += text.length;
    if (column > size.columns) throw new Error(`a line is wider than the screen: ${lines[row] ?? ''}`);
  };
  const write = (text: string): boolean => {
    writes += 1;
    // oxlint-disable-next-line no-control-regex
    for (const [token] of text.matchAll(/\x1b\[\??[0-9;]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+/g)) {
      if (token === '\r') column = 0;
      else if (token === '\n') {
        row += 1;
        column = 0;
        lines[row] ??= '';
      } else if (token === '\x1b[K') lines[row] = (lines[row] ?? '').slice(0, column);
      else if (token === '\x1b[J') {
        lines = lines.slice(0, row + 1);
        lines[row] = (lines[row] ?? '').slice(0, column);
      } else if (/^\x1b\[\d+A$/.test(token)) {
        const top = Math.max(0, lines.length - size.rows);
        row = Math.max(top, row - Number(token.slice(2, -1)));
      } else if (token.startsWith('\x1b')) {
        if (!/^\x1b\[\?2026[hl]$/.test(token)) throw new Error(`unknown sequence ${JSON.stringify(token)}`);
      } else put(token);
    }
    return true;
  };
  return {
    output: { isTTY: true, columns: size.columns, rows: size.rows, write } as unknown as Output,
    lines: () => lines,
    writes: () => writes,
  };
}
