import { expect, test } from 'vitest';
import { whatHostLacks } from '../supervisor/test-store.ts';
import { crash } from './crash.ts';
import { removeStage } from './stage.ts';

const lacking = await whatHostLacks();
// The same blows in every run; `npm run test:crash` throws others.
const seed = Number(process.env['FC_SEED'] ?? 1);

test.skipIf(lacking !== '')(
  '[A-46] builds whose processes are killed 200 times make what an undisturbed one makes, each step once, and leave nothing',
  { timeout: 900_000 },
  async () => {
    const { tally, text, stage } = await crash({ kills: 200, cuts: 20, seed });
    console.log(text);
    expect(tally.violations, `kept in ${stage.top}; the seed was ${seed}`).toEqual([]);
    expect(tally.total).toBeGreaterThanOrEqual(200);
    await removeStage(stage);
  },
);
