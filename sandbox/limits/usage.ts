import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseKeeperLine } from '../keeper-message.ts';
import { UNIT_OF_LIMIT } from './limit-name.ts';
import type { LimitName } from './limit-name.ts';

/** What an attempt has used of what is limited, at the most, in the unit of each limit. What was not looked at is absent. */
export type Usage = Readonly<Partial<Record<LimitName, number>>>;

/** By the record that its keeper has left; undefined when there is none. */
export function readUsage(trees: string, attempt: string): Usage | undefined {
  try {
    return usageOf(readFileSync(join(trees, 'attempts', attempt, 'exit'), 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function usageOf(record: string): Usage {
  const peaks = parseKeeperLine(record.trimEnd()).fields.flatMap(([key, value]): [string, number][] => {
    const limit = key.replace(/^peak-/, '');
    return limit !== key && limit in UNIT_OF_LIMIT ? [[limit, Number(value)]] : [];
  });
  return Object.fromEntries(peaks) as Usage;
}
