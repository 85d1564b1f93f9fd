import type { Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumProgram, openBrowser } from '../inspector/browser/browser.ts';
import { onTiny, project, publish, shell, whatHostLacks } from '../supervisor/test-store.ts';
import { postgresPrograms } from './postgres.ts';
import { gate, openTestFleet } from './workers.ts';
import type { Said, TestFleet } from './workers.ts';

const lacking = chromiumProgram === undefined || (await whatHostLacks()) !== '' || postgresPrograms() === undefined;
let rig: TestFleet;

beforeAll(async () => {
  if (!lacking) rig = await openTestFleet();
});
afterAll(() => rig?.close());

/** Calls `contractor inspect` on the database until `use` has ended: with the address of the page. */
async function inspecting(use: (url: string) => Promise<void>): Promise<Said> {
  const { promise, resolve } = Promise.withResolvers<{ readonly press: () => void; readonly said: () => string }>();
  const command = rig.command(['inspect'], { interrupt: (press, said) => resolve({ press, said }) });
  const { press, said } = await promise;
  try {
    await use(/http:\S+/.exec(said())?.[0] ?? '');
  } finally {
    press();
  }
  return await command;
}

describe.skipIf(lacking)('the inspector of a database', () => {
  test('[A-281] shows runs, logs and workers while they build, says where a receipt is, and cancels', async () => {
    const one = rig.worker('one', 1, ['--labels', 'big']);
    const run = await rig.submit([
      project('first', [onTiny, shell(`echo from-first; ${gate('first')}`), publish('first')]),
      project('second', [onTiny, shell('sleep 6003')], { 'depends-on': ['first'] }),
    ]);
    await rig.running(run);
    const { database } = rig.fleet;
    // Who may write to the database may call itself anything, and be nothing that can be told.
    await database.query(`insert into contractor.workers (name, traits, jobs, until)
      values ('odd', 'null', 1, now() + interval '1 hour'), ('odder', '{"labels": 7}', 1, now() + interval '1 hour')`);
    await database.query(`insert into contractor.workers (name, traits, jobs, until)
      select '<b>other', traits, 7, now() + interval '1 hour' from contractor.workers where name not like 'odd%'`);
    const end = await inspecting(async (url) => {
      const browser = await openBrowser();
      try {
        const { page } = browser;
        const rows = page.locator('.workers tbody tr');
        // The run is told of when the workers are there: what was drawn without it is drawn anew.
        const late = async (route: Route): Promise<void> => {
          await rows.first().waitFor();
          await route.continue();
        };
        await page.route(/\/data\/run(\?|$)/, late, { times: 1 });
        await page.goto(`${url}#view=workers`);
        await expect
          .poll(() => rows.allTextContents())
          .toEqual([expect.stringMatching(/^<b>other.*, big, .*7nothing$/), expect.stringMatching(/, big, .*1first$/)]);
        await page.goto(`${url}#run=${run}&view=log&project=first&step=2-shell&attempt=1`);
        await page.getByText('from-first', { exact: true }).waitFor();

        const receipt = await fetch(`${url}data/receipt?run=${run}&project=first&step=2-shell`);
        expect(await receipt.json()).toMatchObject({
          code: 'USAGE',
          mend: expect.stringContaining(`contractor --store ${one.store} logs --receipt`) as string,
        });
        for (const action of ['resume', 'build']) {
          const refused = await fetch(`${url}${action}?run=${run}`, {
            method: 'POST',
            headers: { origin: new URL(url).origin },
          });
          expect(await refused.json()).toMatchObject({ mend: expect.stringContaining('build --database') as string });
        }
        // The worker takes the second when the first is done; the page hears of both as they come.
        await one.open('first');
        await page.goto(`${url}#run=${run}&view=project&project=second`);
        await expect.poll(() => page.locator('header .counts').textContent()).toContain('1 built');
        await rig.eventsUntil(
          run,
          (event) => event.type === 'step-started' && event.step === '2-shell' && event.project === 'second',
        );
        await page.getByRole('button', { name: 'Cancel' }).click();
        await expect.poll(() => page.locator('header .pill').textContent(), { timeout: 20_000 }).toBe('cancelled');
        const screenshots = process.env['CONTRACTOR_SCREENSHOTS'];
        if (screenshots !== undefined) {
          await page.screenshot({ path: `${screenshots}/fleet-run.png` });
          await page.goto(`${url}#view=workers`);
          await rows.first().waitFor();
          await page.screenshot({ path: `${screenshots}/fleet-workers.png` });
        }
        expect(browser.complaints).toEqual([]);
      } finally {
        await browser.close();
      }
    });
    expect(end.status).toBe(0);
  });
});
