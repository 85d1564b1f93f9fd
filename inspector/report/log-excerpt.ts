import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ReportLog } from './report-data.ts';

/**
 * The log at `path`, whole if it has at most `most` bytes; else a quarter of that
 * from its beginning and the rest from its end, where the reason of a failure is
 * most often. A log that is not there is empty.
 */
export function logExcerpt(path: string, most: number): ReportLog {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { sizeBytes: 0, text: '' };
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    if (size <= most) return { sizeBytes: size, text: textOf(file, 0, size) };
    const head = Math.floor(most / 4);
    const gap = size - most;
    const note = `… ${gap.toLocaleString('en')} bytes are left out of this report …`;
    return { sizeBytes: size, text: `${textOf(file, 0, head)}\n${note}\n${textOf(file, head + gap, most - head)}` };
  } finally {
    closeSync(file);
  }
}

function textOf(file: number, from: number, length: number): string {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(file, buffer, 0, length, from)).toString('utf8');
}
