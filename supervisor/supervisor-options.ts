import type { OwnAction } from '../actions/own/own-action.ts';
import { ContractorError } from '../errors.ts';
import { STEP_LIMITS } from './step-limits.ts';
import type { StepLimits } from './step-limits.ts';

/** What a supervisor is made with; every option has a default. */
export interface SupervisorOptions {
  /** The directory of the store. Default: `CONTRACTOR_STORE`, else `$XDG_STATE_HOME/contractor`. */
  readonly store?: string;
  /** What tells this boot of the host from others. Default: the kernel's; for a host whose storage dies apart from its kernel, and for tests of that. */
  readonly bootId?: string;
  /** What steps can do beside the built-in actions, as {@link defineAction} makes them. A run with such steps is resumed by a supervisor that has them too. */
  readonly actions?: readonly OwnAction[];
  /**
   * How many steps run at once, over all runs, watches and verifications. A free place goes to the run that has the fewest
   * steps running. Default: as many as the runs' own `jobs` allow, each for itself.
   */
  readonly jobs?: number;
  /**
   * What each step may use up: all of it where its specification says nothing. One that asks for more is refused with
   * `LIMIT_EXCEEDED`, before any work. They are in the plan and in the receipt, and no part of the step keys.
   */
  readonly limits?: StepLimits;
  /**
   * Gives the ids of runs, attempts, layers and keepers: each 6 to 32 lower-case letters and digits, and none twice in the
   * life of the store. Default: ten random ones. What is no such id is refused with `OPTION_INVALID`.
   */
  readonly newId?: () => string;
  /**
   * The clock by which times are recorded and told, in milliseconds since 1970: of runs, attempts, events, receipts and
   * artifacts, and what `gc` counts their age from. It tells time and drives nothing: deadlines, the waits before another
   * attempt, durations, and the order of runs and events are the host's, whatever it says. Default: the host's too. What is
   * no finite number from 0 on is refused with `OPTION_INVALID`, here and by what needed it.
   */
  readonly now?: () => number;
}

const KNOWN: ReadonlySet<string> = new Set<keyof SupervisorOptions>([
  'store',
  'bootId',
  'actions',
  'jobs',
  'limits',
  'newId',
  'now',
]);

/** Refuses what a supervisor cannot be made with, also from a program without types. @throws OPTION_INVALID */
export function assertOptions(options: SupervisorOptions): void {
  const unknown = Object.keys(options).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw invalid(`there is no option \`${unknown}\``, `There are ${listed(KNOWN)}.`);
  const { store, bootId, jobs, newId, now, limits } = options as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries({ store, bootId })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw invalid(`\`${name}\` is no text`, 'Give a text that is not empty, or leave it out.');
    }
  }
  if (jobs !== undefined && !isCount(jobs))
    throw invalid(`\`jobs\` is ${shown(jobs)}`, 'Give a whole number from 1 on.');
  if (newId !== undefined && typeof newId !== 'function') {
    throw invalid(`\`newId\` is ${shown(newId)}`, 'Give a function that gives a new id at each call.');
  }
  if (now !== undefined && typeof now !== 'function') {
    throw invalid(
      `\`now\` is ${shown(now)}`,
      'Give a function that gives milliseconds since 1970, as `Date.now` does.',
    );
  }
  if (limits === undefined) return;
  if (typeof limits !== 'object' || limits === null)
    throw invalid('`limits` is no object', 'Give an object of limits.');
  for (const [name, value] of Object.entries(limits as Readonly<Record<string, unknown>>)) {
    if (!Object.hasOwn(STEP_LIMITS, name)) {
      throw invalid(`there is no limit \`${name}\``, `There are ${listed(Object.keys(STEP_LIMITS))}.`);
    }
    if (value !== undefined && !isCount(value)) {
      throw invalid(`the limit \`${name}\` is ${shown(value)}`, 'Give a whole number from 1 on.');
    }
  }
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
}

function listed(names: Iterable<string>): string {
  return [...names].map((name) => `\`${name}\``).join(', ');
}

function invalid(what: string, mend: string): ContractorError {
  return new ContractorError('OPTION_INVALID', `Of what \`createSupervisor\` was given, ${what}.`, mend);
}
