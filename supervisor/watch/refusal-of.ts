import { ContractorError } from '../../errors.ts';
import type { WatchRefused } from './settled-look.ts';

/** What may go away while it is watched, as an event. @throws what does not */
export function refusalOf(error: unknown, at: number): WatchRefused {
  if (!(error instanceof ContractorError) || LASTING.has(error.code)) throw error;
  const { code, message, mend } = error;
  return { type: 'watch-refused', at, code, message, mend };
}

const LASTING: ReadonlySet<string> = new Set(['STORE_DAMAGED', 'STORE_OF_OTHER_VERSION']);
