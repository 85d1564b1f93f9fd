import { createWebSocketInspector } from '@statelyai/inspect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { runsOfStore } from '../../../inspector/server/runs-of-store.ts';
import { serveInspector, type Inspector } from '../../../inspector/server/serve-inspector.ts';
import { openTestStore, project, whatHostLacks, onTiny, type TestStore } from '../../supervisor/test-store.ts';
import { chromiumProgram, openBrowser, type Browser } from './browser.ts';

const lacks = chromiumProgram === undefined ? 'no chromium' : await whatHostLacks();

describe.skipIf(lacks !== '')('machines of other programs', () => {
  let store: TestStore;
  let inspector: Inspector;
  let browser: Browser;
  beforeAll(async () => {
    store = await openTestStore();
    await store.build([project('p', [onTiny])]);
    inspector = await serveInspector(runsOfStore(store.supervisor), { command: 'contractor' });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await inspector.close();
    await store.close();
  });

  test('are shown as statecharts, nested states and the active ones lit, and followed', async () => {
    const { page } = browser;
    const sender = createWebSocketInspector({ url: inspector.socketUrl });
    const machine = createMachine({
      id: 'lamp <b>',
      initial: 'off',
      states: {
        off: { on: { press: 'on' } },
        on: { initial: 'dim', states: { dim: { on: { more: 'bright' } }, bright: {} }, on: { press: 'off' } },
      },
    });
    const actor = createActor(machine, { inspect: sender.inspect });
    actor.start();
    await page.goto(`${inspector.url}#view=machines`);
    await page.locator('[data-state="off"].is-running').waitFor();
    actor.send({ type: 'press' });
    await page.locator('[data-state="on.dim"].is-running').waitFor();
    actor.send({ type: 'more' });
    await page.locator('[data-state="on.bright"].is-running').waitFor();
    expect(await page.locator('.machines h2').textContent()).toBe('lamp <b>');
    const screenshots = process.env['CONTRACTOR_SCREENSHOTS'];
    if (screenshots !== undefined) await page.screenshot({ path: `${screenshots}/machines.png` });
    sender.stop();
    expect(browser.complaints).toEqual([]);
  });
});
