import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { isOfHelper } from './blow.ts';
import type { LifePlan } from './blow.ts';
import type { Dice } from './dice.ts';
import type { LifeLine, LifeOrder } from './life-order.ts';
import { Losses } from './losses.ts';
import { processOf } from './processes.ts';
import { Progress } from './progress.ts';
import { strike } from './strike.ts';
import type { Tally } from './tally.ts';

const SOURCE = join(import.meta.dirname, 'life-in-child.ts');

/** More seconds, in which this process ran too, than any life takes that is not stuck. */
const LONGEST_LIFE_SECONDS = 600;

/** How long a blow waits for whom it is to meet: a keeper is being started, or the project has no use for one yet. */
const MOST_PATIENCE_MS = 300;
const PATIENCE_STEP_MS = 5;

/** How a life ended, and what it wrote to its standard error. */
export interface LifeEnd {
  readonly type: 'killed' | 'done' | 'failed' | 'stuck';
  readonly words: string;
  /** The artifacts that there were when it was told that the run is built, as `name@version`; none before. */
  readonly told: readonly string[];
}

/** Lives one life by its plan, counts the kills, and tells how it ended. */
export async function live(
  {
    order,
    plan,
    top,
    program = SOURCE,
  }: { readonly order: LifeOrder; readonly plan: LifePlan; readonly top: string; readonly program?: string },
  { dice, tally }: { readonly dice: Dice; readonly tally: Tally },
): Promise<LifeEnd> {
  const who = order.gc === undefined ? 'supervisor' : 'gc';
  const { execPath, env } = process;
  const child = spawn(
    execPath,
    ['--disable-warning=ExperimentalWarning', '--conditions=development', program, JSON.stringify(order)],
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
      if (said.type === 'died-at') tally.killed(`${who} ${plan.dieAt?.when} ${plan.dieAt?.point}`);
      else if (said.type === 'ended') {
        result = said.result;
        if (result === 'built') told = said.artifacts;
      } else count(said, { progress, tally });
    }
  })();
  const stuck = new AbortController();
  let seconds = 0;
  // A series may be stopped for a while, with all that it has started.
  const timer = setInterval(() => ++seconds > LONGEST_LIFE_SECONDS && stuck.abort(), 1000);
  const target = {
    store: order.store,
    top,
    supervisor: () => (child.pid === undefined ? undefined : processOf(child.pid)),
  };
  const losses = new Losses(order.store, Date.now());
  for (const { type, moment } of plan.blows) {
    const isBarred = (): boolean => isOfHelper(type) && losses.isOpen;
    await Promise.race([progress.reach(moment, isBarred), once(stuck.signal, 'abort')]);
    if (progress.ended || stuck.signal.aborted) break;
    const patience = Date.now() + MOST_PATIENCE_MS;
    let met = strike(type, target, dice);
    while (met === undefined && !progress.ended && Date.now() < patience) {
      await wait(PATIENCE_STEP_MS);
      if (isBarred()) break; // One died by itself meanwhile.
      met = strike(type, target, dice);
    }
    if (met === undefined) continue;
    // What a power cut is beside this, and its count, comes when the life is over.
    if (type !== 'power-cut') tally.killed(order.gc === undefined ? type : who);
    if (isOfHelper(type)) losses.struck({ at: Date.now(), keeper: met.keeper });
  }
  const isStuck = once(stuck.signal, 'abort').then(() => child.kill('SIGKILL'));
  await Promise.race([dead, isStuck]);
  await dead;
  await lines;
  clearInterval(timer);
  if (stuck.signal.aborted) return { type: 'stuck', words, told };
  const [code, signal] = (await exited) as [number | null, string | null];
  if (signal === 'SIGKILL') return { type: 'killed', words, told };
  const isDone = code === 0 && result === 'built';
  if (isDone) return { type: 'done', words, told };
  return { type: 'failed', words: `status ${code}, result ${result}: ${words}`, told };
}

function count(
  { event, project, step, outcome, harvested }: Extract<LifeLine, { type: 'event' }>,
  { progress, tally }: { readonly progress: Progress; readonly tally: Tally },
): void {
  if (event === 'step-adopted') tally.add(harvested === true ? 'harvested' : 'adopted');
  if (project === undefined) return;
  if (event === 'step-started' || event === 'step-adopted') progress.stepBegan(project, step);
  if (event === 'project-ended') progress.projectEnded();
  if (event !== 'step-ended') return;
  tally.add(outcome === 'interrupted' ? 'rerun' : 'steps');
  progress.stepEnded(project);
}
