import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContractorError } from '../../index.ts';
import type { RunDetails } from '../../index.ts';
import type { ShownAttempt } from '../../inspector/server/shown-runs.ts';

/** Where logs are copied from. */
export interface LogsOfFleet {
  detailsOf(run: string): Promise<RunDetails>;
  partsOf(log: { readonly run: string; readonly attempt: string; readonly from: number }): Promise<readonly Buffer[]>;
}

/** Copies of logs that are in a database: each as far as it has been asked for. */
export class FleetLogs {
  readonly #directory: string;
  readonly #from: LogsOfFleet;
  readonly #copies = new Map<string, Copy>();
  #made = 0;

  constructor(directory: string, from: LogsOfFleet) {
    this.#directory = directory;
    this.#from = from;
  }

  /** A file with what the attempt has written until now. @throws STEP_UNKNOWN */
  async fileOf(attempt: ShownAttempt): Promise<string> {
    const key = JSON.stringify([attempt.run, attempt.project, attempt.step, attempt.attempt]);
    let copy = this.#copies.get(key);
    if (copy === undefined) {
      // Its own name may be anything: this is made of a number.
      const path = join(this.#directory, `${this.#made++}.log`);
      copy = { path, id: this.#idOf(attempt), bytes: 0, idle: writeFile(path, '', { mode: 0o600 }) };
      this.#copies.set(key, copy);
      copy.id.catch(() => this.#copies.delete(key));
    }
    // One after the other: the page asks while it is being copied.
    const copied = copy.idle.then(async () => await this.#bring(attempt.run, copy));
    copy.idle = copied.catch(() => undefined);
    await copied;
    return copy.path;
  }

  async #bring(run: string, copy: Copy): Promise<void> {
    const attempt = await copy.id;
    for (;;) {
      const parts = await this.#from.partsOf({ run, attempt, from: copy.bytes });
      if (parts.length === 0) return;
      const bytes = Buffer.concat(parts);
      await appendFile(copy.path, bytes);
      copy.bytes += bytes.length;
    }
  }

  /** Of several workers that have run the step after each other, the last one's. */
  async #idOf({ run, project, step, attempt }: ShownAttempt): Promise<string> {
    const { projects } = await this.#from.detailsOf(run);
    const own = projects.find(({ name }) => name === project)?.steps.find(({ id }) => id === step);
    const found = own?.attempts.findLast(({ number }) => number === attempt);
    if (found !== undefined) return found.id;
    throw new ContractorError(
      'STEP_UNKNOWN',
      `Run \`${run}\` has no attempt ${attempt} of \`${project}:${step}\`.`,
      'Choose another.',
    );
  }
}

/** A directory for copies, which only this user can read; it goes with who uses it. */
export function scratchDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'contractor-logs-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

interface Copy {
  readonly path: string;
  /** What the attempt is called in the database. */
  readonly id: Promise<string>;
  /** How many have been brought. */
  bytes: number;
  /** When nobody brings more. */
  idle: Promise<unknown>;
}
