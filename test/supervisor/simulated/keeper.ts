import type { Exit } from '../../../sandbox/exit.ts';
import type { Keeper } from '../../../sandbox/keeper.ts';
import type { KeeperJob } from '../../../sandbox/keeper-job.ts';
import type { AttemptRecord } from '../../../store/records/attempts.ts';
import type { SimulatedClock } from './clock.ts';
import type { Behaviour } from './plan.ts';
import { Crash } from './faults.ts';
import type { SimulatedProcess } from './faults.ts';

/** As long as nobody comes back, a real keeper that has nothing to do waits. */
const LINGER_MS = 600_000;

/** What is left of an attempt in its directory. */
export interface Remains {
  upper?: string;
  exit?: Exit;
}

/** What the host asks of the records, to know what it is doing and whether it may. */
export interface Witness {
  attempt(id: string): AttemptRecord | undefined;
  /** An attempt of a step begins to be executed. */
  executes(attempt: AttemptRecord): void;
  wrong(what: string): void;
}

/** What a keeper is in, and works on. */
export interface KeeperHost {
  readonly clock: SimulatedClock;
  readonly witness: Witness;
  killsNextUnsealed: boolean;
  /** What a mount of these trees shows. */
  contentOf(lower: readonly string[]): string;
  remainsOf(attempt: string): Remains;
  seal(job: KeeperJob): void;
}

interface Running {
  readonly job: KeeperJob;
  readonly content: string;
  readonly answer: string;
  readonly stop: () => void;
}

/** A keeper: it runs one attempt at a time, and does not need a supervisor for it. */
export class SimulatedKeeper {
  isAlive = true;
  running: Running | undefined;
  /** Since when it has nothing to do. */
  idleSince: number;
  readonly #host: KeeperHost;
  /** The one connection that it speaks to: the last. */
  #hear: (exit: Exit) => void = () => undefined;

  constructor(host: KeeperHost) {
    this.#host = host;
    this.idleSince = host.clock.now();
  }

  /** Speaks of the end of what runs, and of its own, to this listener alone from now on. */
  connect(hear: (exit: Exit) => void): void {
    this.#hear = hear;
  }

  /** Ends by itself when nobody came for long; found out when somebody looks. */
  lives(): boolean {
    if (this.running === undefined && this.#host.clock.now() - this.idleSince > LINGER_MS) this.kill();
    return this.isAlive;
  }

  begin(job: KeeperJob): void {
    const { clock, witness } = this.#host;
    const attempt = witness.attempt(job.attempt);
    if (attempt === undefined || this.running !== undefined) {
      witness.wrong(`attempt ${job.attempt} begins unrecorded or in a busy keeper`);
      return;
    }
    witness.executes(attempt);
    const script = String(job.files[0]?.content ?? '');
    const { ms, answers, writes = script } = JSON.parse(script) as Behaviour;
    const answer = answers[Math.min(attempt.machineAttempt, answers.length) - 1] ?? 'succeeds';
    const below = `${this.#host.contentOf(job.lower)}/${this.#host.contentOf([job.root?.tree ?? '', ...(job.root?.lower ?? [])])}`;
    this.#host.remainsOf(job.attempt).upper = 'half';
    const deadline = job.deadlineAt ?? Infinity;
    const endsAt = answer === 'hangs' ? deadline : Math.min(clock.now() + ms, deadline);
    const isLate = endsAt === deadline;
    this.running = {
      job,
      content: `${writes} on ${below}`,
      answer: isLate ? 'hangs' : answer,
      stop: clock.at(endsAt, () => this.#end(exitOf(isLate ? 'hangs' : answer))),
    };
  }

  cancel(attempt: string): void {
    if (this.running?.job.attempt === attempt) this.#end({ type: 'cancelled' });
  }

  kill(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.running?.stop();
    this.running = undefined;
    this.#hear({ type: 'lost' });
  }

  #end(exit: Exit): void {
    const { running } = this;
    if (running === undefined) return;
    running.stop();
    this.running = undefined;
    this.idleSince = this.#host.clock.now();
    const remains = this.#host.remainsOf(running.job.attempt);
    remains.exit = exit;
    if (exit.type === 'exited' && exit.code === 0) {
      remains.upper = running.content;
      if (this.#host.killsNextUnsealed) {
        this.#host.killsNextUnsealed = false;
        this.kill();
        return;
      }
      this.#host.seal(running.job);
    }
    this.#hear(exit);
  }
}

function exitOf(answer: string): Exit {
  switch (answer) {
    case 'fails':
      return { type: 'exited', code: 1 };
    case 'hangs':
      return { type: 'deadline' };
    case 'killed':
      return { type: 'killed', signal: 9 };
    case 'exceeds':
      return { type: 'limit', limit: 'memory', value: 1024, peak: 1024 };
    case 'broken':
      return { type: 'broken', error: 'simulated' };
    default:
      return { type: 'exited', code: 0 };
  }
}

/** A process's connection to a keeper: what it says and hears are calls of the process. */
export function connection(keeper: SimulatedKeeper, process: SimulatedProcess): Keeper {
  const found = keeper.running?.job.attempt;
  const said: Exit[] = [];
  let isLeft = false;
  let tell: ((exit: Exit) => void) | undefined;
  keeper.connect((exit) => {
    if (tell === undefined) said.push(exit);
    else tell(exit);
  });
  const exit = async (attempt: string, signal: AbortSignal | undefined): Promise<Exit> => {
    const cancel = (): void => {
      try {
        process.sync('keeper.cancel', () => keeper.cancel(attempt));
      } catch (error) {
        if (!(error instanceof Crash)) throw error; // What a listener throws would end this process, not the simulated one.
      }
    };
    const heard = new Promise<Exit>((resolve) => {
      const before = said.shift();
      if (before !== undefined) resolve(before);
      else if (isLeft || !keeper.isAlive) resolve({ type: 'lost' });
      else tell = resolve;
    });
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
    return await process
      .async('keeper hears', () => heard)
      .finally(() => {
        tell = undefined;
        signal?.removeEventListener('abort', cancel);
      });
  };
  return {
    found,
    run: async (job, { signal } = {}) => {
      await process.async('keeper.run', () => {
        if (keeper.isAlive) keeper.begin(job);
      });
      return await exit(job.attempt, signal);
    },
    adopt: async ({ signal } = {}) => await exit(found ?? '', signal),
    leave: () => {
      isLeft = true;
      keeper.connect(() => undefined);
      tell?.({ type: 'lost' });
    },
    quit: async () => await process.async('keeper.quit', () => keeper.kill()),
  };
}
