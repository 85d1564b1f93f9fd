import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { dice } from './dice.ts';
import { live } from './life.ts';
import type { LifeEnd } from './life.ts';
import type { LifeOrder } from './life-order.ts';
import { GC_POINTS } from './points.ts';
import type { Tally } from './tally.ts';

/** Nothing is too young to go: of each artifact the newest version stays, and what is needed. */
const POLICY = { keepVersions: 1, keepForMs: 0 };

/** In four lives of ten a process removes what is old beside them, and is killed: at one of its points or at any moment. */
export function gcBeside(
  {
    seed,
    number,
    order,
    top,
    program,
  }: {
    readonly seed: number;
    readonly number: number;
    readonly order: LifeOrder;
    readonly top: string;
    readonly program: string;
  },
  tally: Tally,
): Promise<LifeEnd> | undefined {
  const thrown = dice(seed, 1_000_000 + number);
  if (!thrown.happens(40)) return undefined;
  const { store, work, spec, bootId, flushFile } = order;
  const pointed = thrown.happens(60);
  const when = thrown.pick(['before', 'after'] as const);
  const dieAt = { point: thrown.pick(GC_POINTS).name, when, nth: thrown.pick([1, 1, 2]) };
  const moment = { steps: 0, ms: thrown.between(100, 2500) };
  // Some go on to their end: else little was ever removed.
  const blows = thrown.happens(50) ? [{ type: 'supervisor', moment } as const] : [];
  const gc = {
    rounds: thrown.between(1, 4),
    policy: thrown.happens(30) ? { ...POLICY, maxSizeBytes: thrown.between(1, 5_000_000) } : POLICY,
  };
  return live(
    {
      order: {
        store,
        work,
        spec,
        gc,
        ...(bootId === undefined ? {} : { bootId }),
        ...(flushFile === undefined ? {} : { flushFile }),
        ...(pointed ? { dieAt } : {}),
      },
      plan: { ...(pointed ? { dieAt } : {}), blows },
      top,
      program,
    },
    { dice: thrown, tally },
  );
}

/** Removes what is old once more, undisturbed: what a killed process has half removed goes then. */
export async function finishGc(store: string, boot: { readonly bootId?: string }): Promise<void> {
  const supervisor = createSupervisor({ store, ...boot });
  await supervisor.gc(POLICY);
  await supervisor.close();
}
