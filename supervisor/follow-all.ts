import { setImmediate as immediate, setTimeout as wait } from 'node:timers/promises';
import { ContractorError } from '../errors.ts';
import type { Store } from '../store/open-store.ts';
import type { OrderedRecord } from '../store/records/event-order.ts';
import type { BuildEvent, NewEvent } from './build-event.ts';

/** An event that is kept: any but `step-progress`. */
export type RecordedEvent = Exclude<BuildEvent, { type: 'step-progress' }>;

/** Where following all runs begins, and what ends it. */
export interface FollowAllOptions {
  /**
   * Begin behind the place that a {@link EventBunch} has named as its `cursor`, in whichever process; `now`: with what is
   * recorded from now on. Default: with the first event of the store.
   */
  readonly after?: string;
  readonly signal?: AbortSignal;
}

/** Some of what has happened in all runs, in the order in which it was recorded. */
export interface EventBunch {
  readonly events: readonly RecordedEvent[];
  /** What `gc` has removed since the bunch before. Nothing comes of these runs any more. */
  readonly forgotten: readonly ForgottenRun[];
  /** The place behind it all. A short text, to be noted together with what was made of the bunch. */
  readonly cursor: string;
}

/** A run whose records `gc` has removed. */
export interface ForgottenRun {
  readonly run: string;
  /** Whether it had events that this reader was not given, and nobody can give any more. */
  readonly missed: boolean;
}

/** What is followed, as long as its supervisor has it open. */
export interface Followed {
  readonly store: Store;
  readonly isOpen: () => boolean;
}

/** How often the records are looked at: one question for all runs, that takes some 30 µs. */
const LOOK_MS = 25;

/** What is read in one go while the event loop waits: some milliseconds of work. */
const BUNCH = { records: 500, characters: 500_000 } as const;

/**
 * The events of all runs of a store, whoever builds them: those that are there, then those that come, until the store is
 * closed or `signal` is aborted. The next bunch is read when it is asked for.
 */
export async function* followAll(
  { store, isOpen }: Followed,
  { after, signal }: FollowAllOptions,
): AsyncGenerator<EventBunch, void, undefined> {
  const stream = String(store.getMeta('eventStream'));
  let position = startOf(after, { stream, newest: store.newestPosition() });
  const isWanted = (): boolean => signal?.aborted !== true && isOpen();
  for (let first = true; isWanted(); first = false) {
    const found = store.orderSince(position, BUNCH);
    if (first || found.records.length > 0) {
      const before = position;
      position = found.position;
      yield bunchOf(found.records, { before, cursor: `${stream}.${position}` });
      await immediate();
    } else {
      position = found.position;
      await wait(LOOK_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  }
}

function startOf(after: string | undefined, { stream, newest }: { readonly stream: string; readonly newest: number }) {
  if (after === undefined) return 0;
  if (after === 'now') return newest;
  const [of = '', text = '', ...rest] = after.split('.');
  const position = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (rest.length > 0 || !/^[0-9a-f]+$/.test(of) || !Number.isSafeInteger(position)) {
    throw unfit(`\`${after.slice(0, 50)}\` is no place in the events of a store.`);
  }
  if (of !== stream) throw unfit(`\`${after}\` is a place in the events of another store.`);
  // The store was set back: what it records from now on gets places that the reader has had.
  if (position > newest) throw unfit(`\`${after}\` is behind the last event of this store, which is older than that.`);
  return position;
}

function unfit(message: string): ContractorError {
  return new ContractorError(
    'CURSOR_UNFIT',
    message,
    'Follow without `after`, from the first event of the store on, or with `now`; then note the new cursor.',
  );
}

function bunchOf(
  records: readonly OrderedRecord[],
  { before, cursor }: { readonly before: number; readonly cursor: string },
): EventBunch {
  const events: RecordedEvent[] = [];
  const forgotten: ForgottenRun[] = [];
  for (const record of records) {
    if (record.type === 'forgotten') forgotten.push({ run: record.run, missed: record.newest > before });
    else {
      const { run, at, seq, event } = record;
      events.push({ ...(event as NewEvent), run, at, seq } as RecordedEvent);
    }
  }
  return { events, forgotten, cursor };
}
