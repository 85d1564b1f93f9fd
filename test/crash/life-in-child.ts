/**
 * One life of a supervisor, as a process of its own that can be killed: builds or
 * resumes what the order in argv[2] says, and tells what happens.
 */
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { watchEffects } from './effects.ts';
import type { CommandChange, EffectListener } from './effects.ts';
import { traced } from './keeper-trace.ts';
import { noteClosing, noteFlushes } from './note-flushes.ts';
import type { DieAt, KeeperDiesAt, LifeLine, LifeOrder } from './life-order.ts';
import { GC_POINTS, POINTS } from './points.ts';

const order = JSON.parse(process.argv[2] ?? '') as LifeOrder;
if (order.dieAt !== undefined || order.keeperDiesAt !== undefined) {
  watchEffects(dying(order.dieAt), tracing(order.keeperDiesAt));
}
const { store, work, spec, bootId, flushFile } = order;
if (flushFile !== undefined) await noteFlushes(flushFile, store);
const supervisor = createSupervisor({ store, ...(bootId === undefined ? {} : { bootId }) });
if (order.gc !== undefined) {
  for (let left = order.gc.rounds; left > 0; left--) await supervisor.gc(order.gc.policy);
  await end('built', []);
  process.exit();
}
const run =
  order.run === undefined
    ? await supervisor.build(
        { value: JSON.parse(readFileSync(join(work, spec), 'utf8')) as unknown, directory: work },
        { jobs: 2, noCache: true },
      )
    : await supervisor.resume(order.run, { jobs: 2 });
for await (const event of run.events()) {
  if (event.type === 'step-progress') continue;
  tell({
    type: 'event',
    event: event.type,
    ...('project' in event ? { project: event.project } : {}),
    ...('step' in event ? { step: event.step } : {}),
    ...(event.type === 'step-ended' ? { outcome: event.outcome.type } : {}),
    ...(event.type === 'step-adopted'
      ? { harvested: existsSync(join(store, 'trees/attempts', event.attemptId, 'exit')) }
      : {}),
  });
}
await end(
  await run.result,
  supervisor.artifacts.list().map(({ name, version }) => `${name}@${version}`),
);

async function end(result: string, artifacts: readonly string[]): Promise<void> {
  tell({ type: 'ended', result, artifacts });
  if (flushFile !== undefined) noteClosing(flushFile);
  await supervisor.close();
}

/** A kill by one's own hand is exact: nothing is done between the point and the end. */
function dying(at: DieAt | undefined): EffectListener {
  const effect = [...POINTS, ...GC_POINTS].find(({ name }) => name === at?.point)?.effect;
  let left = at?.nth ?? 0;
  return (text, when) => {
    if (when !== at?.when || effect?.test(text) !== true || --left > 0) return;
    tell({ type: 'died-at' });
    process.kill(process.pid, 'SIGKILL');
  };
}

function tracing(at: KeeperDiesAt | undefined): CommandChange {
  let started = 0;
  return (program, argv) =>
    at !== undefined && argv[1] === 'serve' && started++ === at.keeper
      ? traced(at, [program, ...argv])
      : [program, argv];
}

// At once and not by a stream: what is said before a kill must have been said.
function tell(line: LifeLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
