import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** A place is kept for each such number of lines: some kilobytes for a log of gigabytes. */
const LINES_APART = 512;
const CHUNK_BYTES = 1 << 20;
/** What is given of one line; a log may be one line of gigabytes. */
const LONGEST_LINE_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

/** A stretch of a log. */
export interface LogLines {
  /** How many lines the whole log has now. The last one may still grow. */
  readonly total: number;
  readonly sizeBytes: number;
  /** Counted from 0. */
  readonly from: number;
  readonly lines: readonly LogLine[];
}

export interface LogLine {
  readonly text: string;
  /** How many bytes of it are not given. */
  readonly cutBytes?: number;
}

/**
 * The lines of a log that may be larger than memory and still grow: it is read
 * through once, and of every {@link LINES_APART}th line it is kept where it begins.
 */
export class LogIndex {
  readonly #path: string;
  readonly #places: number[] = [0];
  #read = 0;
  /** Lines that have their end. */
  #ended = 0;
  #endsWithNewline = true;
  #reading: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Lines `from` up to `from + count`, those of them that there are; a negative `from` counts from the end. */
  async lines(from: number, count: number): Promise<LogLines> {
    await this.#update();
    const total = this.#total;
    const first = Math.min(total, Math.max(0, from < 0 ? total + from : from));
    const lines = await this.#collect(first, Math.min(count, total - first));
    return { total, sizeBytes: this.#read, from: first, lines };
  }

  get #total(): number {
    return this.#ended + (this.#endsWithNewline ? 0 : 1);
  }

  /** Reads what has come since; one after the other, whoever asks. */
  #update(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#readOn());
    return this.#reading;
  }

  async #readOn(): Promise<void> {
    await using file = await openLog(this.#path);
    if (file === undefined) return;
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, this.#read);
      if (bytesRead === 0) return;
      const bytes = buffer.subarray(0, bytesRead);
      for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) {
        this.#ended += 1;
        if (this.#ended % LINES_APART === 0) this.#places.push(this.#read + at + 1);
      }
      this.#endsWithNewline = bytes[bytesRead - 1] === NEWLINE;
      this.#read += bytesRead;
    }
  }

  async #collect(first: number, count: number): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    await using file = count > 0 ? await openLog(this.#path) : undefined;
    if (file === undefined) return lines;
    const start = Math.floor(first / LINES_APART);
    let toPass = first - start * LINES_APART;
    let position = this.#places[start] ?? 0;
    const end = this.#read;
    const buffer = Buffer.allocUnsafe(64 * 1024);
    let held: Buffer[] = [];
    let heldBytes = 0;
    let cutBytes = 0;
    const take = (piece: Buffer): void => {
      const room = Math.max(0, LONGEST_LINE_BYTES - heldBytes);
      if (room > 0 && piece.length > 0) held.push(Buffer.from(piece.subarray(0, room)));
      heldBytes += Math.min(room, piece.length);
      cutBytes += Math.max(0, piece.length - room);
    };
    const finish = (): void => {
      if (toPass > 0) toPass -= 1;
      else lines.push({ text: Buffer.concat(held).toString('utf8'), ...(cutBytes === 0 ? {} : { cutBytes }) });
      held = [];
      heldBytes = 0;
      cutBytes = 0;
    };
    while (lines.length < count) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - position), position);
      if (bytesRead === 0) {
        finish();
        break;
      }
      position += bytesRead;
      let at = 0;
      while (lines.length < count) {
        const newline = buffer.subarray(0, bytesRead).indexOf(NEWLINE, at);
        take(buffer.subarray(at, newline === -1 ? bytesRead : newline));
        if (newline === -1) break;
        finish();
        at = newline + 1;
      }
    }
    return lines;
  }
}

/** A log that is not there yet is empty. */
export async function openLog(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
