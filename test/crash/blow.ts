/**
 * The ways in which a build is struck, as data: chosen by dice, so that a seed
 * repeats them. What it does not repeat is how far the processes are by then,
 * but for the points that a process reaches by itself.
 */
import type { Dice } from './dice.ts';
import { SYSTEM_CALLS } from './keeper-trace.ts';
import { POINTS } from './points.ts';

/** When to strike: so many steps have begun in this life, and so much time has gone since. */
export interface Moment {
  readonly steps: number;
  readonly ms: number;
}

/** A blow from outside, at a moment. `keeper-*`: the supervisor lives on and sees it. */
export interface OuterBlow {
  readonly type: OuterVictim;
  readonly moment: Moment;
}

const OUTER = [
  'supervisor',
  'keeper-guardian',
  'keeper-inner',
  'keeper-both',
  'supervisor-then-keeper',
  'keeper-then-supervisor',
  'session',
] as const;
export type OuterVictim = (typeof OUTER)[number];

/** What happens to one life: at most one of each exact blow, then blows from outside until it is dead or done. */
export interface LifePlan {
  readonly dieAt?: { readonly point: string; readonly when: 'before' | 'after'; readonly nth: number };
  readonly keeperDiesAt?: { readonly systemCall: string; readonly nth: number; readonly keeper: number };
  readonly blows: readonly OuterBlow[];
}

/**
 * The plan of a life. At most two keepers die under one supervisor: the third
 * time in a row it takes that for the step's own doing, and rightly so.
 */
export function planLife(dice: Dice, { canTrace }: { readonly canTrace: boolean }): LifePlan {
  const traced = canTrace && dice.happens(25);
  const pointed = dice.happens(40);
  const keepers = dice.between(0, traced ? 1 : 2);
  let steps = 0;
  const blows: OuterBlow[] = [];
  for (let index = 0; index < keepers; index++) {
    steps += dice.between(index === 0 ? 0 : 3, 6);
    blows.push({ type: dice.pick(OUTER.slice(1, 4)), moment: { steps, ms: momentMs(dice) } });
  }
  steps += dice.between(0, pointed ? 20 : 8);
  const last = dice.happens(30) ? 'supervisor' : dice.pick(OUTER.slice(4));
  blows.push({ type: last, moment: { steps, ms: pointed ? 500 : momentMs(dice) } });
  const call = dice.pick(SYSTEM_CALLS);
  return {
    ...(pointed ? { dieAt: pointOf(dice) } : {}),
    ...(traced
      ? { keeperDiesAt: { systemCall: call.name, nth: dice.between(1, call.most), keeper: dice.between(0, 1) } }
      : {}),
    blows,
  };
}

function momentMs(dice: Dice): number {
  return dice.happens(20) ? dice.between(0, 400) : dice.between(0, 40);
}

function pointOf(dice: Dice): NonNullable<LifePlan['dieAt']> {
  const { name } = dice.pick(POINTS);
  return { point: name, when: dice.pick(['before', 'after']), nth: dice.pick([1, 1, 1, 2, 3, dice.between(1, 12)]) };
}
