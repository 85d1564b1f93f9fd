import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSupervisor, type Supervisor } from '../../../index.ts';
import { runsOfStore } from '../../../inspector/server/runs-of-store.ts';
import { serveInspector, type Inspector } from '../../../inspector/server/serve-inspector.ts';

let directory: string;
let supervisor: Supervisor;
let inspector: Inspector;
let base: URL;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-inspector-'));
  supervisor = createSupervisor({ store: join(directory, 'store') });
  inspector = await serveInspector(runsOfStore(supervisor), { command: 'contractor' });
  base = new URL(inspector.url);
});
afterAll(async () => {
  await inspector.close();
  await supervisor.close();
  rmSync(directory, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const ask = (
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: OutgoingHttpHeaders } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: base.port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.on('error', reject);
    asked.end();
  });
const own = (): string => `http://127.0.0.1:${base.port}`;

describe('[A-105] the inspector answers', () => {
  test('who has its address', async () => {
    const { status, text } = await ask(base.pathname);
    expect(status).toBe(200);
    expect(text).toContain('<title>contractor</title>');
  });

  test('by every name of the loopback address, at any port, as a tunnel has another', async () => {
    for (const host of [`localhost:${base.port}`, '127.0.0.1:9', '[::1]:9', 'localhost']) {
      expect((await ask(base.pathname, { headers: { host } })).status).toBe(200);
    }
  });

  test('a page of its own that changes something', async () => {
    const { status, text } = await ask(`${base.pathname}cancel?run=none`, {
      method: 'POST',
      headers: { origin: own() },
    });
    expect(status).toBe(409);
    expect(JSON.parse(text)).toMatchObject({ code: 'RUN_UNKNOWN' });
  });
});

describe('[A-105] the inspector refuses', () => {
  test.each([
    ['who has no token', '/', {}],
    ['who has another token', `/${'x'.repeat(32)}/`, {}],
  ])('%s', async (_, path, headers) => {
    expect((await ask(path, { headers })).status).toBe(403);
  });

  test.each([
    ['a name that a page of another site has pointed here', { host: 'attacker.example' }],
    ['a name that only begins like one of this machine', { host: 'localhost.attacker.example:80' }],
    ['a request of another page', { origin: 'http://attacker.example' }],
    ['a request of a page at another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['a request of a page without an origin', { origin: 'null' }],
    ['an image or script of another site', { 'sec-fetch-site': 'cross-site' }],
    ['one of another program on this machine', { 'sec-fetch-site': 'same-site' }],
  ])('%s, also with the token', async (_, headers) => {
    expect((await ask(base.pathname, { headers })).status).toBe(403);
  });

  test('what changes something and does not say where it comes from', async () => {
    expect((await ask(`${base.pathname}cancel?run=none`, { method: 'POST' })).status).toBe(403);
  });

  test('what it does not know, names of every object included', async () => {
    for (const path of ['constructor', '__proto__', '../page.html', '..%2f..%2fpackage.json', 'page.ts']) {
      const { status } = await ask(`${base.pathname}${path}`);
      expect([403, 404]).toContain(status);
    }
  });
});

test('it listens on the loopback address alone', () => {
  expect(base.hostname).toBe('127.0.0.1');
});

test('its pages let in no script but their own, and no text as markup', async () => {
  const { headers } = await ask(base.pathname);
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toMatch(/unsafe|http|\*/);
  expect(headers).toMatchObject({
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
});

test('a port that is taken is refused with what to do', async () => {
  await expect(
    serveInspector(runsOfStore(supervisor), { command: 'contractor', port: Number(base.port) }),
  ).rejects.toMatchObject({
    code: 'USAGE',
    mend: expect.stringContaining('--port') as string,
  });
});
