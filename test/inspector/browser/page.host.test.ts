import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSupervisor, readSpecFile, type Supervisor } from '../../../index.ts';
import { reportHtml } from '../../../inspector/report/report-html.ts';
import { runsOfStore } from '../../../inspector/server/runs-of-store.ts';
import { serveInspector, type Inspector } from '../../../inspector/server/serve-inspector.ts';
import { onTiny, openTestStore, project, shell, whatHostLacks, type TestStore } from '../../supervisor/test-store.ts';
import { chromiumProgram, openBrowser, type Browser } from './browser.ts';

const lacks = chromiumProgram === undefined ? 'no chromium' : await whatHostLacks();

/** Kept as CI artifacts, to be looked at. */
const screenshots = process.env['CONTRACTOR_SCREENSHOTS'];

const BAIT = '<img src=x onerror=alert(1)>';

describe.skipIf(lacks !== '')('the page of the inspector', () => {
  let store: TestStore;
  /** That of another process: it shares nothing but the store. */
  let other: Supervisor;
  let inspector: Inspector;
  let browser: Browser;

  beforeAll(async () => {
    store = await openTestStore();
    other = createSupervisor({ store: store.store });
    inspector = await serveInspector(runsOfStore(other), { command: 'contractor' });
  });
  afterAll(async () => {
    await inspector.close();
    await other.close();
    await store.close();
  });
  beforeEach(async () => {
    browser = await openBrowser();
  });
  afterEach(async () => {
    await browser.close();
  });

  const specFile = (name: string, projects: readonly unknown[]): string => {
    const file = join(store.work, name);
    writeFileSync(file, JSON.stringify({ projects }));
    return file;
  };
  const picture = async (name: string): Promise<void> => {
    if (screenshots === undefined) return;
    mkdirSync(screenshots, { recursive: true });
    await browser.page.screenshot({ path: join(screenshots, `${name}.png`) });
  };
  /** What axe finds that matters. */
  const seriousProblems = async (): Promise<string[]> => {
    const { page } = browser;
    // The policy of the page lets no script in; what is evaluated by the debugger is none of its scripts.
    await page.evaluate(axe.source);
    const violations = await page.evaluate(async () => {
      const { violations: found } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
      return found.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html.slice(0, 160)) }));
    });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map((each) => JSON.stringify(each));
  };
  const stateOf = (name: string): Promise<string | null> =>
    browser.page.locator(`.chart [data-state="${name}"]`).getAttribute('class');

  test('[A-101] [A-107] a build of another process is followed from its beginning to its failure, and replayed', async () => {
    const { page } = browser;
    const gate = join(store.work, 'gate');
    mkdirSync(gate, { recursive: true });
    const file = specFile('follow.json', [
      project('good', [onTiny, shell('echo fine')]),
      project(
        'bad',
        [
          onTiny,
          shell('i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo line $i; sleep 0.1; done; exit 3', { name: 'slow' }),
          shell('true'),
        ],
        { 'depends-on': ['good'] },
      ),
      project('after', [onTiny], { 'depends-on': ['bad'] }),
    ]);
    const run = await store.supervisor.build(readSpecFile(file));
    await page.goto(`${inspector.url}#run=${run.id}&view=project&project=bad`);
    await page.locator('.chart [data-state="2 slow"].is-running').waitFor();
    await page.locator('.pill.is-running').waitFor();
    await page.getByRole('tab', { name: 'Log' }).click();
    await page.getByText('line 3', { exact: true }).waitFor();
    await picture('running-log');
    await run.result;
    await page.locator('.pill.is-failed').waitFor();
    await page.getByRole('tab', { name: 'Project' }).click();
    expect(await stateOf('2 slow')).toContain('is-failed');
    await page.getByText('Receipt of attempt 1').click();
    await page.getByText('read from the kernel before the command began').waitFor();
    expect(await stateOf('failed')).toContain('is-active');
    expect(await page.locator('.chart .way-failed.is-walked').count()).toBe(1);
    expect(await page.getByRole('option', { name: /after/ }).textContent()).toContain('skipped: bad is not built');
    await picture('failed-project');

    // A browser that comes late has the whole history: the moment at which the step ran.
    const late = await page.context().newPage();
    await late.goto(`${inspector.url}#run=${run.id}&view=project&project=bad`);
    await late.locator('.chart [data-state="failed"].is-active').waitFor();
    const slider = late.getByRole('slider', { name: 'History of the run' });
    const events = store.supervisor.events(run.id);
    const began =
      events.findIndex(
        (event) => event.type === 'step-started' && event.project === 'bad' && event.step === '2-shell',
      ) + 1;
    await slider.fill(String(began));
    await late.locator('.chart [data-state="2 slow"].is-running').waitFor();
    expect(await late.locator('.chart .is-walked').count()).toBeGreaterThan(0);
    expect(await late.locator('.chart .way-failed.is-walked').count()).toBe(0);
    await late.getByRole('button', { name: 'Newest' }).click();
    await late.locator('.chart [data-state="failed"].is-active').waitFor();

    // Nothing but the inspector was asked for anything.
    const { origin } = new URL(inspector.url);
    expect(browser.requests.filter((url) => !url.startsWith(origin) && !url.startsWith('data:'))).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });

  test('[A-102] a build is cancelled, and built again, by buttons', async () => {
    const { page } = browser;
    const file = specFile('cancel.json', [project('long', [onTiny, shell('sleep 100')])]);
    const run = await store.supervisor.build(readSpecFile(file));
    await page.goto(`${inspector.url}#run=${run.id}&view=project&project=long`);
    await page.locator('.chart .is-running').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await run.result).toBe('cancelled');
    await page.locator('.pill.is-cancelled').waitFor();
    writeFileSync(file, JSON.stringify({ projects: [project('long', [onTiny, shell('sleep 0')])] }));
    await page.getByRole('button', { name: 'Build again' }).click();
    await page.locator('.pill.is-built').waitFor();
    const [newest] = store.supervisor.runs();
    expect(newest).toMatchObject({ state: 'built' });
    expect(newest?.id).not.toBe(run.id);
    expect(page.url()).toContain(newest?.id);
    expect(browser.complaints).toEqual([]);
  });

  test('[A-137] a paused build is drawn as paused, goes on by buttons, and after a step that was made by hand', async () => {
    const { page } = browser;
    const file = specFile('pause.json', [
      project('stops', [
        onTiny,
        shell('echo 1 > a', { name: 'before' }),
        shell('echo half > b; exit 3', { name: 'fails' }),
        shell('cat a b c', { name: 'last' }),
      ]),
      project('next', [onTiny], { 'depends-on': ['stops'] }),
    ]);
    const pausing = { onFailure: 'pause', breakBefore: [{ project: 'stops', step: '2' }] } as const;
    const run = await store.supervisor.build(readSpecFile(file), pausing);
    expect(await run.result).toBe('paused');
    await page.goto(`${inspector.url}#run=${run.id}&view=project&project=stops`);
    await page.locator('.chart [data-state="paused"].is-active').waitFor();
    await page.locator('.pill.is-paused').waitFor();
    expect(await page.locator('.chart .way-paused.is-walked').count()).toBe(1);
    expect(await page.locator('.chart .way-gone-on.is-walked').count()).toBe(0);
    await page.getByRole('button', { name: 'Resume' }).click();

    await page.locator('.chart [data-state="3 fails"].is-failed').waitFor();
    await page.locator('.chart [data-state="paused"].is-active').waitFor();
    expect(await page.locator('.chart .way-gone-on.is-walked').count()).toBe(1);
    expect(await page.getByRole('option', { name: /^stops/ }).textContent()).toContain('paused at a failure');
    await page.getByText(`contractor shell --commit ${run.id}:stops:3-shell`).waitFor();
    await picture('paused-project');
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByText('×2').first().waitFor();
    await page.locator('.chart [data-state="paused"].is-active').waitFor();
    expect(await page.locator('.chart .way-gone-on.is-walked').count()).toBe(2);

    while (store.supervisor.run(run.id).state !== 'paused') await new Promise((resolve) => setTimeout(resolve, 20));
    const session = await store.supervisor.workbench.open(
      { type: 'step', run: run.id, project: 'stops', step: '3', moment: 'after' },
      { command: ['/bin/sh', '-c', 'echo hand > c'], commit: true },
    );
    session.data.end();
    await session.outcome;
    await session.commit();
    await session.end();
    await page.locator('.chart [data-state="3 fails"].is-succeeded').click();
    await page.getByRole('cell', { name: 'made by hand' }).waitFor();
    await picture('made-by-hand');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator('.pill.is-built').waitFor();
    await page.locator('.chart [data-state="built"].is-active').waitFor();
    await picture('built-after-hand');
    expect(await seriousProblems()).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });

  test('[A-103] neither titles nor logs are taken for markup, and control sequences do nothing', async () => {
    const { page } = browser;
    const { id } = await store.build([
      project('bait', [
        onTiny,
        shell(
          `echo '${BAIT}'; printf '\\033[31mred\\033[0m \\033]0;title\\007\\033[2J\\u202e<script>alert(2)</script>\\n'; exit 1`,
          { name: BAIT, environment: { BAIT } },
        ),
      ]),
    ]);
    for (const view of ['graph', 'timeline', 'project', 'log']) {
      await page.goto('about:blank');
      await page.goto(`${inspector.url}#run=${id}&project=bait&step=2-shell&view=${view}`);
      await page.locator('.pill.is-failed').waitFor();
    }
    await page.locator('.line .fg-1', { hasText: 'red' }).waitFor();
    expect(await page.locator('.log-lines').textContent()).toContain(BAIT);
    expect(await page.locator('body img, body script:not([src])').count()).toBe(0);
    expect(await page.locator('.log-lines').textContent()).not.toMatch(/[\u001b\u0007\u202e]/);
    expect(await page.title()).not.toBe('title');
    expect(browser.complaints).toEqual([]);
  });

  test('[A-104] a screen reader finds nothing to complain of seriously, in any view, light and dark', async () => {
    const { page } = browser;
    const { id } = await store.build([
      project('one', [onTiny, shell('echo 1')]),
      project('two', [onTiny, shell('printf "\\033[33mwarning\\033[0m\\n"; exit 1')], { 'depends-on': ['one'] }),
      project('three', [onTiny], { 'depends-on': ['two'] }),
    ]);
    const found: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const view of ['graph', 'timeline', 'project', 'log']) {
        await page.goto('about:blank');
        await page.goto(`${inspector.url}#run=${id}&project=two&step=2-shell&view=${view}`);
        await page.locator('.pill.is-failed').waitFor();
        if (view === 'project') await page.locator('.isolation').waitFor();
        if (view === 'log') await page.locator('.line .fg-3').waitFor();
        await picture(`${view}-${colorScheme}`);
        found.push(...(await seriousProblems()).map((each) => `${view}, ${colorScheme}: ${each}`));
      }
    }
    expect(found).toEqual([]);
  });

  test('[A-106] in a log of a million lines a line can be linked to, and text is found', async () => {
    const { page } = browser;
    const { id } = await store.build([
      project('long', [
        onTiny,
        shell(
          'line=0123456789012345678901234567890; i=0; while [ $i -lt 1000 ]; do i=$((i+1)); echo "$line $i"; done > /tmp/k; i=0; while [ $i -lt 1000 ]; do i=$((i+1)); cat /tmp/k; done; echo the end',
        ),
      ]),
    ]);
    await page.goto(`${inspector.url}#run=${id}&project=long&step=2-shell&view=log&line=777777`);
    await page.locator('.line.is-named').waitFor();
    expect(await page.locator('.line.is-named').textContent()).toContain('777777');
    expect(await page.locator('.line').count()).toBeLessThan(100);
    await page.getByPlaceholder('Find in the log').fill('THE END');
    await expect.poll(() => page.locator('.line.is-found').textContent()).toBe('1000001the end');
    await page.getByRole('log').focus();
    await page.keyboard.press('Home');
    await page.getByText('0123456789012345678901234567890 2', { exact: true }).waitFor();
    expect(browser.complaints).toEqual([]);
  });

  test('[A-108] a report is one file that shows the run, its history and its logs without any server', async () => {
    const { page } = browser;
    const { id } = await store.build([
      project('p', [onTiny, shell(`echo '${BAIT}</script><script>alert(3)</script>'; echo found here; exit 1`)]),
    ]);
    const html = await reportHtml(store.supervisor, id, { command: 'contractor', logBytes: 1000, now: 0 });
    const file = join(store.work, 'report.html');
    writeFileSync(file, html);
    await page.goto(`file://${file}#view=log&project=p`);
    await page.locator('.pill.is-failed').waitFor();
    await page.getByText('found here', { exact: true }).waitFor();
    expect(await page.locator('.log-lines').textContent()).toContain(BAIT);
    await page.getByRole('tab', { name: 'Project' }).click();
    await page.locator('.chart [data-state="failed"].is-active').waitFor();
    await page.getByText('Receipt of attempt 1').click();
    await page.getByText('read from the kernel before the command began').waitFor();
    await page.getByRole('slider').fill('4');
    await page.locator('.pill.is-replay').waitFor();
    expect(await page.locator('.chart .end.is-active').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Build again' }).count()).toBe(0);
    await picture('report');
    expect(browser.requests.filter((url) => !/^(file|data):/.test(url))).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });

  test('everything is within reach of the keyboard', async () => {
    const { page } = browser;
    const { id } = await store.build([
      project('a', [onTiny, shell('echo 1')]),
      project('b', [onTiny], { 'depends-on': ['a'] }),
    ]);
    await page.goto(`${inspector.url}#run=${id}`);
    await page.locator('.node.is-built').first().waitFor();
    await page.locator('[data-project="a"]').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'b', exact: true }).waitFor();
    await page.getByRole('listbox', { name: 'Projects' }).focus();
    await page.keyboard.press('ArrowUp');
    await page.getByRole('heading', { name: 'a', exact: true }).waitFor();
    await page.getByRole('button', { name: /^2 .*succeeded/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Log of 2-shell, attempt 1' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.line', { hasText: '1' }).first().waitFor();
    await page.getByRole('tab', { name: 'Log' }).focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.getByRole('tab', { name: 'Project' }).getAttribute('aria-selected')).toBe('true');
  });
});
