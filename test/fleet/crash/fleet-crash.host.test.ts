import { expect, test } from 'vitest';
import { whatHostLacks } from '../../supervisor/test-store.ts';
import { postgresPrograms } from '../postgres.ts';
import { fleetCrash } from './fleet-crash.ts';

const lacking = (await whatHostLacks()) !== '' || postgresPrograms() === undefined;
// The same blows in every run; `npm run test:fleet-crash` throws others.
const seed = Number(process.env['FC_SEED'] ?? 1);

test.skipIf(lacking)(
  '[A-280] workers that are struck, with what they share, make what one host makes: all of it, each once, and leave nothing',
  { timeout: 900_000 },
  async () => {
    const { tally, text, top } = await fleetCrash({ kills: 8, seed });
    console.log(text);
    expect(tally.violations, `kept in ${top}; the seed was ${seed}`).toEqual([]);
    expect(tally.total).toBeGreaterThanOrEqual(8);
  },
);
