import type { Database } from '../database.ts';
import { valueOfColumn } from '../json-column.ts';
import type { EventRecord } from './events.ts';
import { NEWEST_POSITION } from './positions.ts';

/** What is at a place of the one order of all runs: an event, or that a run was forgotten. */
export type OrderedRecord =
  | ({ readonly type: 'event'; readonly position: number; readonly run: string } & EventRecord)
  /** `newest`: the place of the last event that the run had; 0 if it had none. */
  | { readonly type: 'forgotten'; readonly position: number; readonly run: string; readonly newest: number };

/** Where a part of the order ends: as soon as one of the two is reached. */
export interface PartSize {
  readonly records: number;
  /** Of the JSON of its events. */
  readonly characters: number;
}

/** The events of all runs in the order in which they were committed. Places are never given twice, and have gaps. */
export interface EventOrderRecords {
  /** What comes after a place, as far as `size` lets it, and the place up to which that is all. */
  orderSince(position: number, size: PartSize): { readonly records: OrderedRecord[]; readonly position: number };
  /** The last place that was given. */
  newestPosition(): number;
  /**
   * Gives the next places far away from those of now: a power cut may have taken the newest records, and their
   * places are noted where somebody has read them.
   */
  leavePositionsOut(): void;
}

/** More than a boot can record. 2^53 leaves room for 2 million of them. */
const PLACES_OF_A_BOOT = 2 ** 32;

/** A place with nothing of it that a reader is shown: of another boot, or left of a run that is forgotten. */
interface PlaceRow {
  readonly position: number;
  readonly run: string | null;
  readonly seq: number | null;
  readonly at: number | null;
  readonly event: string | null;
  readonly newest: number | null;
}

// One statement, so that nothing is committed between the two halves.
const ORDER = `
  SELECT position, run, seq, at, event, NULL AS newest FROM events
  WHERE position > ?1 AND EXISTS (SELECT 1 FROM runs WHERE id = events.run AND forgotten_at IS NULL)
  UNION ALL
  SELECT position, run, NULL, NULL, NULL, newest FROM stream_marks WHERE position > ?1
  ORDER BY position`;

export function eventOrderRecords(database: Database): EventOrderRecords {
  const newestPosition = (): number =>
    database.all<{ position: number }>(`SELECT ${NEWEST_POSITION} AS position`)[0]?.position ?? 0;
  return {
    newestPosition,
    orderSince: (since, size) => {
      const records: OrderedRecord[] = [];
      let position = since;
      let characters = 0;
      database.each(ORDER, [since], (found) => {
        const row = found as PlaceRow;
        position = row.position;
        characters += row.event?.length ?? 0;
        const record = recordAt(row);
        if (record !== undefined) records.push(record);
        return records.length < size.records && characters < size.characters;
      });
      return { records, position };
    },
    leavePositionsOut: () => {
      database.run(
        `INSERT INTO stream_marks (position) SELECT (${NEWEST_POSITION} / ${PLACES_OF_A_BOOT} + 1) * ${PLACES_OF_A_BOOT}`,
      );
    },
  };
}

function recordAt({ position, run, seq, at, event, newest }: PlaceRow): OrderedRecord | undefined {
  if (run === null) return undefined;
  if (seq === null || at === null || event === null) return { type: 'forgotten', position, run, newest: newest ?? 0 };
  return { type: 'event', position, run, seq, at, event: valueOfColumn(event, `event ${seq} of run ${run}`) };
}
