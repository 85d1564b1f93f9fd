import type { RunSummary } from '../../index.ts';
import { durationText } from '../text/duration-text.ts';
import type { Tone } from '../text/paint.ts';
import type { Row } from '../text/row.ts';
import { tableRows } from '../text/table-rows.ts';
import { timeText } from '../text/time-text.ts';

export const TONE_OF_RUN: Readonly<Record<RunSummary['state'], Tone>> = {
  built: 'good',
  failed: 'bad',
  running: 'busy',
  cancelled: 'warning',
  adoptable: 'busy',
  interrupted: 'warning',
  paused: 'warning',
};

/** Runs for people, one a line. */
export function runsRows(runs: readonly RunSummary[], now: number): readonly Row[] {
  if (runs.length === 0) return [{ left: [['plain', 'No runs yet.']] }];
  return tableRows(
    ['RUN', 'STATE', 'STARTED', 'TOOK', 'SPECIFICATION'],
    runs.map(({ id, state, createdAt, endedAt, specName, isKept }) => [
      id,
      [TONE_OF_RUN[state], isKept === true ? `${state}, kept` : state],
      timeText(createdAt),
      state === 'interrupted' || state === 'paused' ? '' : durationText((endedAt ?? now) - createdAt),
      specName,
    ]),
  );
}
