import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findIdMap } from '../../sandbox/id-map.ts';
import { findProgramIfAny } from '../../sandbox/programs.ts';
import { runInIdMap } from '../../sandbox/run-in-id-map.ts';
import type { PackageServer } from './package-server.ts';
import type { Ended, TestStore } from './test-store.ts';

const NAME_AND_PASSWORD = 'proxy-user:proxy-password-7391';
const SECRETS = ['proxy-password-7391', Buffer.from(NAME_AND_PASSWORD).toString('base64')];

let letThrough = 0;

/** A proxy that lets nobody through without the password. */
async function startProxy(): Promise<{ readonly server: Server; readonly address: string }> {
  const server = createServer((asked, answer) => {
    if (asked.headers['proxy-authorization'] !== `Basic ${SECRETS[1]}`) return void answer.writeHead(407).end();
    letThrough += 1;
    request(asked.url ?? '', (found) => {
      answer.writeHead(found.statusCode ?? 500, found.headers);
      found.pipe(answer);
    }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const proxy = await startProxy();
vi.stubEnv('http_proxy', `http://${NAME_AND_PASSWORD}@${proxy.address}/`);
for (const name of ['no_proxy', 'NO_PROXY', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY']) vi.stubEnv(name, undefined);
// The environment is read once, when this is loaded.
const { openTestStore, project, publish, whatHostLacks } = await import('./test-store.ts');
const { startPackageServer } = await import('./package-server.ts');
const lacking = await whatHostLacks();

afterAll(() => {
  vi.unstubAllEnvs();
  proxy.server.close();
  proxy.server.closeAllConnections();
});

describe.skipIf(lacking !== '' || findProgramIfAny('gpg') === undefined)('the password of a proxy', () => {
  let top: string;
  let packages: PackageServer;
  let store: TestStore;
  let built: Ended;
  let failed: Ended;

  beforeAll(async () => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-proxy-')));
    packages = await startPackageServer(top);
    store = await openTestStore();
    const step = { action: 'debootstrap', suite: 'sid', variant: 'essential', mirror: packages.mirror };
    const build = async (more: object): Promise<Ended> =>
      await store.build([project('p', [{ ...step, key: packages.mirrorKey.armour, ...more }, publish('system')])]);
    built = await build({});
    failed = await build({ packages: ['there-is-none'] });
  }, 400_000);
  afterAll(async () => {
    packages.close();
    await store.close();
    rmSync(top, { recursive: true, force: true });
  });

  test('[A-258] gets a step through the proxy', () => {
    expect({ result: built.result, log: built.log('p', '1') }).toMatchObject({ result: 'built' });
    expect(letThrough).toBeGreaterThan(0);
    expect({ result: failed.result, log: failed.log('p', '1') }).toMatchObject({
      result: 'failed',
      log: expect.stringContaining('there-is-none') as string,
    });
  });

  test('[A-258] is nowhere in the store, neither of a step that succeeded nor of one that failed', async () => {
    const holders = filesBelow(store.store).filter((path) => {
      const text = readFileSync(path).toString('latin1');
      return SECRETS.some((secret) => text.includes(secret));
    });
    expect(holders).toEqual([]);
    const words = SECRETS.flatMap((secret) => ['-e', secret]);
    const inTrees = await runInIdMap({
      trees: join(store.store, 'trees'),
      idMap: findIdMap(),
      command: ['/bin/grep', '-rlaF', ...words, '.'],
    });
    expect(inTrees).toMatchObject({ exitCode: 1, stdout: '' });
  });

  test('[A-258] is in no receipt, while the address of the proxy is', async () => {
    const receipt = await store.supervisor.receipt({ run: failed.id, project: 'p', step: '1' });
    expect(receipt.witness?.argv).toContain(`http://${proxy.address}/`);
  });
});

/** Of those that belong to who runs this: all but the trees. */
function filesBelow(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    if (name === 'trees') return [];
    const found = statSync(path);
    return found.isDirectory() ? filesBelow(path) : found.isFile() ? [path] : [];
  });
}
