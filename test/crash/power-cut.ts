import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findIdMap } from '../../sandbox/id-map.ts';
import { runInIdMap } from '../../sandbox/run-in-id-map.ts';
import { storePaths } from '../../store/store-paths.ts';
import type { Dice } from './dice.ts';
import type { LifeOrder } from './life-order.ts';
import { logBytes, notesIn } from './note-flushes.ts';
import { kill, processesOf } from './processes.ts';
import { tear, tearLogs } from './tear.ts';
import { tearCheckpoint } from './tear-database.ts';
import type { Losses } from './tear.ts';
import type { Tally } from './tally.ts';

/** The head of the log, which SQLite flushes before anything follows it. */
const LOG_HEAD_BYTES = 32;

/** A log of 8000 pages is carried into the database while both are in use: see {@link Power.cut}. */
const LONG_LOG_BYTES = 7900 * (4096 + 24);

/** Longer than what the kernel's clock of files is behind; a host takes longer to boot. */
const BOOT_MS = 150;

/** Everything of a store that depends on the power: what of it is on the disk, and which boot it is. */
export class Power {
  /** Since the last run was checked. */
  cuts = 0;
  readonly #store: string;
  readonly #top: string;
  readonly #program: string;
  #bootId: string | undefined;
  /** What was made until then is on the disk. */
  #flushedAt = Date.now() + 1;
  #notes = '';

  constructor({ store, top, program }: { readonly store: string; readonly top: string; readonly program: string }) {
    this.#store = store;
    this.#top = top;
    this.#program = program;
  }

  /** For whoever opens the store. */
  get boot(): { readonly bootId?: string } {
    return this.#bootId === undefined ? {} : { bootId: this.#bootId };
  }

  /** For life number `number`, after which it is to be asked for the next. */
  order(number: number): Pick<LifeOrder, 'bootId' | 'flushFile'> {
    this.#heed();
    this.#notes = join(this.#top, `flushes-${number}`);
    return { ...this.boot, flushFile: this.#notes };
  }

  /**
   * The power goes, while or after a life: everything that runs is killed, and what was not flushed is lost in part. Then the host boots.
   *
   * Nobody has opened the database since. So it is as it was before the life, all of it
   * on the disk, and the log is the life's own. Only when SQLite carries the log into the
   * database is more on the disk than was noted: it flushes the one, then the other; then both are left as they are.
   */
  async cut(thrown: Dice, tally: Tally): Promise<void> {
    for (let left = processesOf(this.#top); left.length > 0; left = processesOf(this.#top)) kill(left);
    const noted = notesIn(this.#notes);
    this.#heed();
    const lost: Losses[] = [];
    if (!noted.closing) lost.push(this.#tearLog(noted.logBytes, thrown));
    const order = { since: this.#flushedAt, percent: thrown.pick([5, 30, 80, 100]) };
    const { runs, keepers, trees } = storePaths(this.#store);
    for (const directory of [runs, keepers]) lost.push(tear(directory, order, thrown));
    lost.push(tearLogs(join(trees, 'attempts'), order, thrown));
    const { exitCode, stdout, stderr } = await runInIdMap({
      trees,
      idMap: findIdMap(),
      command: [process.execPath, '--disable-warning=ExperimentalWarning', this.#program],
      takesRootItself: true,
      input: JSON.stringify({ ...order, seed: thrown.between(0, 1_000_000) }),
    });
    if (exitCode !== 0) throw new Error(`${this.#program}: ${stderr}`);
    lost.push(JSON.parse(stdout) as Losses);
    for (const [what, count] of lost.flatMap(Object.entries<number>)) tally.lost(what, count);
    tally.killed('power-cut');
    this.cuts++;
    await wait(BOOT_MS);
    this.#bootId = randomUUID();
    this.#flushedAt = Date.now() + 1; // What has survived is what the disk has.
  }

  #heed(): void {
    if (this.#notes !== '') this.#flushedAt = Math.max(this.#flushedAt, notesIn(this.#notes).at + 1);
  }

  /** The checksums of SQLite are to end the log where it is torn. It is often whole: only then does it say more than the trees hold. */
  #tearLog(flushedBytes: number, thrown: Dice): Losses {
    const { database } = storePaths(this.#store);
    const bytes = logBytes(this.#store);
    const losses: Losses = {};
    if (thrown.happens(50)) rmSync(`${database}-shm`, { force: true });
    if (bytes > LONG_LOG_BYTES) return losses;
    const kept = Math.max(flushedBytes, LOG_HEAD_BYTES);
    if (bytes <= kept) return losses;
    const from = thrown.between(kept, bytes - 1);
    const length = thrown.between(1, bytes - from);
    const ways = ['short', 'missing', 'zeros', 'garbage', 'checkpoint', 'checkpoint', 'whole', 'whole'] as const;
    switch (thrown.pick(ways)) {
      case 'short':
        truncateSync(`${database}-wal`, from);
        return { 'logs cut short': 1 };
      case 'missing':
        truncateSync(`${database}-wal`, flushedBytes);
        return { 'logs lost': 1 };
      case 'zeros':
        overwrite(`${database}-wal`, from, Buffer.alloc(length));
        return { 'logs zeroed': 1 };
      case 'garbage':
        overwrite(`${database}-wal`, from, randomBytes(length));
        return { 'logs garbled': 1 };
      case 'checkpoint':
        return { 'pages of databases': tearCheckpoint(database, thrown) };
      case 'whole':
        return losses;
    }
  }
}

function overwrite(path: string, from: number, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, bytes, 0, bytes.length, from);
  } finally {
    closeSync(file);
  }
}
