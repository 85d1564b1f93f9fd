import { open } from 'node:fs/promises';
import { whileClaimed } from './claim.ts';
import type { Claim } from './claim.ts';
import type { Database, Queries } from './database.ts';

const PART_BYTES = 256 * 1024;

/** A part of the log of an attempt: so many bytes come before it. */
export interface LogPart {
  readonly attempt: string;
  readonly start: number;
  readonly bytes: Buffer;
}

/** Writes a part where it is not written yet. */
export async function recordLogPart(queries: Queries, run: string, { attempt, start, bytes }: LogPart): Promise<void> {
  await queries.query(
    `insert into contractor.logs (run, attempt, starts_at, bytes) values ($1, $2, $3, $4) on conflict do nothing`,
    [run, attempt, start, bytes],
  );
}

/** Brings the log of a running attempt into the database, part by part, as it is written. */
export class LogShipper {
  readonly #database: Database;
  readonly #claim: Claim;
  #current: { readonly attempt: string; readonly file: string; offset: number | undefined } | undefined;
  #shipping: Promise<void> = Promise.resolve();

  constructor(database: Database, claim: Claim) {
    this.#database = database;
    this.#claim = claim;
  }

  /** `isNew`: nobody can have brought anything of it yet. */
  begin({ attempt, file, isNew }: { readonly attempt: string; readonly file: string; readonly isNew: boolean }): void {
    this.#current = { attempt, file, offset: isNew ? 0 : undefined };
  }

  /** Brings what has been written since. After an error the same is brought by the next call. @throws ClaimLost */
  async ship(): Promise<void> {
    await this.#inTurn(async () => await this.#shipParts(1));
  }

  /** The last part of an attempt that has ended, to be written with its end; what comes before it is brought. @throws ClaimLost */
  async rest(): Promise<LogPart | undefined> {
    return await this.#inTurn(async () => {
      const left = await this.#shipParts(PART_BYTES);
      this.#current = undefined;
      return left;
    });
  }

  async #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const next = this.#shipping.then(act);
    this.#shipping = next.then(
      () => undefined,
      () => undefined,
    );
    return await next;
  }

  /** Brings parts as long as there are at least so many bytes, and gives what is left. */
  async #shipParts(leastBytes: number): Promise<LogPart | undefined> {
    const log = this.#current;
    if (log === undefined) return undefined;
    log.offset ??= await this.#shippedBefore(log.attempt);
    for (;;) {
      const start: number = log.offset;
      const part = { attempt: log.attempt, start, bytes: await readAt(log.file, start) };
      if (part.bytes.length === 0) return undefined;
      if (part.bytes.length < leastBytes) return part;
      // Not before it is known: an answer that got lost says nothing of how much was taken.
      log.offset = undefined;
      await whileClaimed(this.#database, this.#claim, async (queries) => {
        await recordLogPart(queries, this.#claim.run, part);
      });
      log.offset = start + part.bytes.length;
    }
  }

  /** A worker that was started again goes on where it was. */
  async #shippedBefore(attempt: string): Promise<number> {
    const [row] = await this.#database.query<{ size: string }>(
      `select coalesce(max(starts_at + length(bytes)), 0) as size from contractor.logs where run = $1 and attempt = $2`,
      [this.#claim.run, attempt],
    );
    return Number(row?.size ?? 0);
  }
}

async function readAt(file: string, offset: number): Promise<Buffer> {
  try {
    await using opened = await open(file, 'r');
    const { buffer, bytesRead } = await opened.read(Buffer.alloc(PART_BYTES), 0, PART_BYTES, offset);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
