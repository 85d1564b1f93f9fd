import { amountText, UNIT_OF_LIMIT } from '../../index.ts';
import type { LimitName } from '../../index.ts';

/** `memory 4 GiB`, `processes 4096`, `cpu-time 90 s`. */
export function limitText(limit: LimitName, value: number): string {
  const unit = UNIT_OF_LIMIT[limit];
  return `${limit} ${unit === 'bytes' || unit === 'ms' ? amountText(value, unit) : value}`;
}
