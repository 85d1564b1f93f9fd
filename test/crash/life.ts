import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { isOfKeeper } from './blow.ts';
import type { LifePlan, Moment } from './blow.ts';
import type { Dice } from './dice.ts';
import type { LifeLine, LifeOrder } from './life-order.ts';
import { processOf } from './processes.ts';
import { strike } from './strike.ts';
import type { Tally } from './tally.ts';

const PROGRAM = join(import.meta.dirname, 'life-in-child.ts');

/** Longer than any life takes that is not stuck. */
const LONGEST_LIFE_MS = 120_000;

/** How a life ended, and what it wrote to its standard error. */
export interface LifeEnd {
  readonly type: 'killed' | 'done' | 'failed' | 'stuck';
  readonly words: string;
  /** The artifacts that there were when it was told that the run is built, as `name@version`; none before. */
  readonly told: readonly string[];
}

/** Lives one life by its plan, counts the kills, and tells how it ended. */
export async function live(
  { order, plan, top }: { readonly order: LifeOrder; readonly plan: LifePlan; readonly top: string },
  { dice, tally }: { readonly dice: Dice; readonly tally: Tally },
): Promise<LifeEnd> {
  const { execPath, env } = process;
  const child = spawn(
    execPath,
    ['--disable-warning=ExperimentalWarning', '--conditions=development', PROGRAM, JSON.stringify(order)],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...env, NODE_COMPILE_CACHE: join(top, 'compiled') } },
  );
  const exited = once(child, 'exit');
  let words = '';
  let result = '';
  let told: readonly string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
  const progress = new Progress();
  const dead = exited.then(() => progress.end());
  const lines = (async () => {
    for await (const line of createInterface(child.stdout)) {
      const said = JSON.parse(line) as LifeLine;
      if (said.type === 'died-at') tally.killed(`supervisor ${plan.dieAt?.when} ${plan.dieAt?.point}`);
      else if (said.type === 'ended') {
        result = said.result;
        if (result === 'built') told = said.artifacts;
      } else count(said, { progress, tally });
    }
  })();
  const stuck = new AbortController();
  const timer = setTimeout(() => stuck.abort(), LONGEST_LIFE_MS);
  const target = {
    store: order.store,
    top,
    supervisor: () => (child.pid === undefined ? undefined : processOf(child.pid)),
  };
  for (const { type, moment } of plan.blows) {
    await Promise.race([progress.reach(moment), once(stuck.signal, 'abort')]);
    if (progress.ended || stuck.signal.aborted) break;
    if (isOfKeeper(type) && progress.hasLosses) continue;
    // What a power cut is beside this, and its count, comes when the life is over.
    if (strike(type, target, dice) && type !== 'power-cut') tally.killed(type);
  }
  const isStuck = once(stuck.signal, 'abort').then(() => child.kill('SIGKILL'));
  await Promise.race([dead, isStuck]);
  await dead;
  await lines;
  clearTimeout(timer);
  if (stuck.signal.aborted) return { type: 'stuck', words, told };
  const [code, signal] = (await exited) as [number | null, string | null];
  if (signal === 'SIGKILL') return { type: 'killed', words, told };
  const isDone = code === 0 && result === 'built';
  if (isDone) return { type: 'done', words, told };
  return { type: 'failed', words: `status ${code}, result ${result}: ${words}`, told };
}

function count(
  { event, project, outcome, harvested }: Extract<LifeLine, { type: 'event' }>,
  { progress, tally }: { readonly progress: Progress; readonly tally: Tally },
): void {
  if (event === 'step-started' || event === 'step-adopted') progress.stepBegan();
  if (event === 'step-adopted') tally.add(harvested === true ? 'harvested' : 'adopted');
  if (event !== 'step-ended' || project === undefined) return;
  tally.add(outcome === 'interrupted' ? 'rerun' : 'steps');
  progress.stepEnded(project, outcome);
}

/** How far a life is. */
class Progress {
  ended = false;
  #steps = 0;
  readonly #afterLoss = new Set<string>();
  #wake: () => void = () => undefined;

  stepBegan(): void {
    this.#steps++;
    this.#wake();
  }

  stepEnded(project: string, outcome: string | undefined): void {
    if (outcome === 'interrupted') this.#afterLoss.add(project);
    else this.#afterLoss.delete(project);
  }

  /** Whether a step has lost its keeper and not ended since. The third time in a row contractor gives it up, and rightly so. */
  get hasLosses(): boolean {
    return this.#afterLoss.size > 0;
  }

  end(): void {
    this.ended = true;
    this.#wake();
  }

  /** Resolves at a moment, or when the life has ended before. */
  async reach({ steps, ms }: Moment): Promise<void> {
    while (this.#steps < steps && !this.ended) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (!this.ended) await Promise.race([wait(ms), new Promise<void>((resolve) => (this.#wake = resolve))]);
  }
}
