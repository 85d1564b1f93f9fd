/**
 * The ways in which a build is struck, as data: chosen by dice, so that a seed
 * repeats them. What it does not repeat is how far the processes are by then,
 * but for the points that a process reaches by itself.
 */
import { dice } from './dice.ts';
import type { Dice } from './dice.ts';
import { SYSTEM_CALLS } from './keeper-trace.ts';
import { POINTS } from './points.ts';

/** When to strike: so many steps have begun in this life, if wanted one that lingers runs, and so much time has gone since. */
export interface Moment {
  readonly steps: number;
  readonly ms: number;
  readonly lingering?: true;
}

/** A blow from outside, at a moment. */
export interface OuterBlow {
  readonly type: OuterVictim;
  readonly moment: Moment;
}

/** The supervisor lives on and sees it. `worker`: any process that does something for it outside of keepers. */
const HELPERS = ['keeper-guardian', 'keeper-inner', 'keeper-both', 'worker'] as const;

/** Several at once, in an order that dice throw where the name says none. `supervisor` twice: only what it leaves alive can be adopted. */
const FATAL = [
  'supervisor',
  'supervisor',
  'supervisor-then-keeper',
  'keeper-then-supervisor',
  'session',
  'power-cut',
] as const;

export type OuterVictim = (typeof HELPERS)[number] | (typeof FATAL)[number];

/** Whether a blow leaves the supervisor alive. */
export function isOfHelper(victim: OuterVictim): boolean {
  return HELPERS.some((each) => each === victim);
}

/** Whether a life ends with a power cut: then it comes even if the life ends before by itself. */
export function isCut({ blows }: LifePlan): boolean {
  return blows.at(-1)?.type === 'power-cut';
}

/** What happens to one life: at most one of each exact blow, then blows from outside until it is dead or done. */
export interface LifePlan {
  readonly dieAt?: { readonly point: string; readonly when: 'before' | 'after'; readonly nth: number };
  readonly keeperDiesAt?: { readonly systemCall: string; readonly nth: number; readonly keeper: number };
  readonly blows: readonly OuterBlow[];
}

/** The plan of life number `number` of a seed. Every {@link POINTS} has its turn, before and after, in any order. */
export function planLife(
  {
    seed,
    number,
    canTrace,
    cutting,
  }: {
    readonly seed: number;
    readonly number: number;
    readonly canTrace: boolean;
    /** It is to end with a power cut. */
    readonly cutting: boolean;
  },
  thrown: Dice,
): LifePlan {
  const pointed = thrown.happens(50);
  const point = pointInTurn(seed, number);
  const traced = canTrace && thrown.happens(30) ? keeperCall(thrown) : undefined;
  // What is done only after a keeper that was killed between its record and the sealing of the layer.
  const sealing = canTrace && pointed && point.point === 'remains-sealed';
  const keeperDiesAt = sealing ? { systemCall: 'rename', nth: thrown.pick([2, 4]), keeper: 0 } : traced;
  // Most lives are short, since what a series costs is its steps; some get far between two blows.
  const hurried = thrown.happens(88);
  const blows: OuterBlow[] = [];
  let steps = thrown.between(0, hurried ? 1 : 6);
  for (let left = thrown.between(0, hurried ? 4 : 12); left > 0; left--) {
    blows.push({ type: thrown.pick(HELPERS), moment: { steps, ms: momentMs(thrown) } });
    steps += hurried ? 1 : thrown.between(1, 5);
  }
  // One that is to come to a point is given time for it: some are once in a run.
  if (pointed) steps += hurried ? thrown.between(2, 8) : thrown.between(10, 80);
  const lingering = !cutting && thrown.happens(25);
  const last = lingering ? 'supervisor' : thrown.pick(FATAL);
  blows.push({
    type: cutting ? 'power-cut' : last,
    moment: { steps, ms: momentMs(thrown), ...(lingering ? { lingering } : {}) },
  });
  return {
    ...(pointed ? { dieAt: { ...point, nth: sealing ? 1 : thrown.pick([1, 1, 1, 2, 3, 8]) } } : {}),
    ...(keeperDiesAt === undefined ? {} : { keeperDiesAt }),
    blows,
  };
}

function keeperCall(dice: Dice): LifePlan['keeperDiesAt'] {
  const { name, most } = dice.pick(SYSTEM_CALLS);
  return { systemCall: name, nth: dice.between(1, most), keeper: dice.pick([0, 0, 1, 2]) };
}

function momentMs(dice: Dice): number {
  return dice.happens(20) ? dice.between(0, 400) : dice.between(0, 40);
}

function pointInTurn(seed: number, number: number): { readonly point: string; readonly when: 'before' | 'after' } {
  const deck = POINTS.flatMap(({ name }) => [
    { point: name, when: 'before' } as const,
    { point: name, when: 'after' } as const,
  ]);
  return dice(seed, -1 - Math.floor(number / deck.length)).shuffled(deck)[number % deck.length]!;
}
