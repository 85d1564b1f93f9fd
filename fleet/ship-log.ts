import { open } from 'node:fs/promises';
import { whileClaimed } from './claim.ts';
import type { Claim } from './claim.ts';
import type { Database } from './database.ts';

const PART_BYTES = 256 * 1024;

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

  begin(attempt: string, file: string): void {
    this.#current = { attempt, file, offset: undefined };
  }

  /** Brings what has been written since. After an error the same is brought by the next call. @throws ClaimLost */
  async ship(): Promise<void> {
    const next = this.#shipping.then(async () => await this.#shipNow());
    this.#shipping = next.catch(() => undefined);
    await next;
  }

  async #shipNow(): Promise<void> {
    const log = this.#current;
    if (log === undefined) return;
    log.offset ??= await this.#shippedBefore(log.attempt);
    for (;;) {
      const start: number = log.offset;
      const bytes = await readAt(log.file, start);
      if (bytes.length === 0) return;
      // Not before it is known: an answer that got lost says nothing of how much was taken.
      log.offset = undefined;
      await whileClaimed(this.#database, this.#claim, async (queries) => {
        await queries.query(
          `insert into contractor.logs (run, attempt, starts_at, bytes) values ($1, $2, $3, $4) on conflict do nothing`,
          [this.#claim.run, log.attempt, start, bytes],
        );
      });
      log.offset = start + bytes.length;
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
