import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runsOfStore } from '../../../inspector/server/runs-of-store.ts';
import { serveInspector } from '../../../inspector/server/serve-inspector.ts';
import type { Inspector } from '../../../inspector/server/serve-inspector.ts';
import { onTiny, openTestStore, project, shell, whatHostLacks } from '../../supervisor/test-store.ts';
import type { TestStore } from '../../supervisor/test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;
let inspector: Inspector;
let token: string;

beforeAll(async () => {
  if (lacking !== '') return;
  store = await openTestStore();
  const tokenFile = join(store.work, 'token');
  inspector = await serveInspector(runsOfStore(store.supervisor), { command: 'contractor', tokenFile });
  token = readFileSync(tokenFile, 'utf8').trim();
});
afterAll(async () => {
  await inspector?.close();
  await store?.close();
});

const ask = (
  headers: OutgoingHttpHeaders,
  url = inspector.metricsUrl,
): Promise<{ status: number; text: string; type: string }> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, type: response.headers['content-type'] ?? '' }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });

const bearer = (word: string): OutgoingHttpHeaders => ({ authorization: `Bearer ${word}` });

/** The samples, by name and labels. */
async function scrape(): Promise<Readonly<Record<string, number>>> {
  const { text } = await ask(bearer(token));
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  );
}

describe.skipIf(lacking !== '')('/metrics', () => {
  test('[A-218] tells of the runs of the store, in the format of Prometheus, and counts nothing twice', async () => {
    const good = project('good', [onTiny, shell('echo good')]);
    const bad = project('bad', [onTiny, shell('exit 1')]);
    await store.build([good, bad], { keepGoing: true });
    await store.build([good], { noCache: false });
    const { type, text } = await ask(bearer(token));
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toMatch(/^(# (HELP|TYPE) \w+ .+\n|\w+(\{(\w+="[^"\n]*",?)+\})? [\d.e+-]+\n)+$/);
    const first = await scrape();
    expect(first).toMatchObject({
      'contractor_runs_total{result="failed"}': 1,
      'contractor_runs_total{result="built"}': 1,
      'contractor_projects_total{result="failed"}': 1,
      'contractor_runs_live{state="running"}': 0,
      contractor_projects_live: 0,
      'contractor_step_duration_seconds_count{action="shell",outcome="succeeded"}': 1,
      'contractor_step_duration_seconds_count{action="shell",outcome="failed"}': 1,
      'contractor_step_duration_seconds_bucket{action="shell",outcome="failed",le="+Inf"}': 1,
      'contractor_run_duration_seconds_count{result="built"}': 1,
    });
    const [again, beside] = await Promise.all([scrape(), scrape()]);
    expect(again).toEqual(first);
    expect(beside).toEqual(first);
  });

  test('[A-218] tells of a run that goes on, and of its end once', async () => {
    const before = await scrape();
    const run = await store.supervisor.build({
      value: { projects: [project('slow', [onTiny, shell('sleep 30')])] },
      directory: store.work,
    });
    for await (const event of run.events()) if (event.type === 'step-started' && event.step === '2-shell') break;
    expect(await scrape()).toMatchObject({ 'contractor_runs_live{state="running"}': 1, contractor_projects_live: 1 });
    run.cancel();
    await run.result;
    const key = 'contractor_runs_total{result="cancelled"}';
    expect(await scrape()).toMatchObject({ 'contractor_runs_live{state="running"}': 0, contractor_projects_live: 0 });
    expect((await scrape())[key]).toBe((before[key] ?? 0) + 1);
  });

  test('[A-219] is for who has the token, by its header or in the address', async () => {
    expect((await ask(bearer(token))).status).toBe(200);
    expect((await ask({}, `${inspector.url}metrics`)).status).toBe(200);
    expect((await ask({})).status).toBe(403);
    expect((await ask(bearer(`${token}x`))).status).toBe(403);
    expect((await ask({ authorization: `Basic ${token}` })).status).toBe(403);
  });

  test('[A-219] refuses other names of this machine and pages of other sites, also with the token', async () => {
    expect((await ask({ ...bearer(token), host: 'attacker.example' })).status).toBe(403);
    expect((await ask({ ...bearer(token), origin: 'http://attacker.example' })).status).toBe(403);
    expect((await ask({ ...bearer(token), 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  test('[A-219] the header lets nobody in but to /metrics', async () => {
    const other = inspector.metricsUrl.replace('/metrics', '/data/runs');
    expect((await ask(bearer(token), other)).status).toBe(403);
    expect((await ask(bearer(token), inspector.metricsUrl.replace('/metrics', '/'))).status).toBe(403);
  });
});

describe.skipIf(lacking !== '')('[A-219] a token file', () => {
  const serve = (tokenFile: string) =>
    serveInspector(runsOfStore(store.supervisor), { command: 'contractor', tokenFile });

  test('is made for its owner alone, and is the token of the next inspector too', async () => {
    const path = join(store.work, 'token');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const next = await serve(path);
    expect(next.url).toContain(`/${token}/`);
    await next.close();
  });

  test.each([
    ['that everybody may read', 'x'.repeat(32), 0o604, 'chmod o='],
    ['that holds a word that can be guessed', 'secret', 0o600, 'another file'],
    ['that is empty', '', 0o600, 'another file'],
  ])('%s is refused', async (name, text, mode, mend) => {
    const path = join(store.work, name.replaceAll(' ', '-'));
    writeFileSync(path, text);
    chmodSync(path, mode);
    await expect(serve(path)).rejects.toMatchObject({ code: 'USAGE', mend: expect.stringContaining(mend) as string });
  });

  test.skipIf(process.getuid?.() !== 0)('as root: that another user has laid there is refused', async () => {
    const path = join(store.work, 'laid');
    writeFileSync(path, 'x'.repeat(32), { mode: 0o600 });
    chownSync(path, 65534, 65534);
    await expect(serve(path)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('65534') as string,
    });
  });

  test('that is none is refused', async () => {
    mkdirSync(join(store.work, 'directory'));
    await expect(serve(join(store.work, 'directory'))).rejects.toMatchObject({ code: 'USAGE' });
    await expect(serve(join(store.work, 'no/such'))).rejects.toMatchObject({ code: 'USAGE' });
  });
});
