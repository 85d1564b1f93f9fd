import { records } from './0001-records.ts';
import { recovery } from './0002-recovery.ts';
import { receipts } from './0003-receipts.ts';
import { reuse } from './0004-reuse.ts';
import { garbage } from './0005-garbage.ts';
import { takenOver } from './0006-taken-over.ts';
import { eventOrder } from './0007-event-order.ts';
import { toldTimes } from './0008-told-times.ts';

/**
 * Each migration brings a store from the version before to its own, the n-th to
 * version n. What was once released is never edited: stores out there have run it.
 */
export const MIGRATIONS: readonly string[] = [
  records,
  recovery,
  receipts,
  reuse,
  garbage,
  takenOver,
  eventOrder,
  toldTimes,
];
