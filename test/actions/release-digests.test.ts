import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { releaseDigests } from '../../actions/release-digests.ts';

const files: Record<string, string> = {
  '/debian/dists/sid/InRelease': 'one',
  '/debian/dists/sid/Release': 'not looked at',
  '/debian/dists/old/Release': 'two',
  '/flat/./InRelease': 'three',
};
let server: Server;
let url: string;
const asked: string[] = [];
let elsewhere = '';
const logins: (string | undefined)[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    // As a proxy is asked: by the whole address.
    const path = (request.url ?? '').replace(/^http:\/\/[^/]+/, '');
    asked.push(request.url ?? '');
    logins.push(request.headers.authorization);
    if (path.startsWith('/moved/')) response.writeHead(302, { location: path.replace('/moved/', '/debian/') }).end();
    else if (path.startsWith('/elsewhere/')) response.writeHead(302, { location: elsewhere }).end();
    else if (files[path] === undefined) response.writeHead(404).end();
    else response.end(files[path]);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const digests = (
  sources: readonly [string, string][],
  aptOptions: readonly string[] = [],
): Promise<string | undefined> =>
  releaseDigests(
    sources.map(([base, suite]) => ({ url: base, suite })),
    { aptOptions, signal: new AbortController().signal },
  );
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('the lists of an archive are told by `InRelease`, else by `Release`, wherever they have moved', async () => {
  expect(await digests([[`${url}/debian`, 'sid']])).toBe(`${sha256('one')} ${url}/debian/dists/sid/`);
  expect(await digests([[`${url}/debian/`, 'old']])).toBe(`${sha256('two')} ${url}/debian/dists/old/`);
  expect(await digests([[`${url}/moved`, 'sid']])).toBe(`${sha256('one')} ${url}/moved/dists/sid/`);
  const both = await digests([
    [`${url}/debian`, 'sid'],
    [`${url}/debian`, 'old'],
  ]);
  expect(both?.split('\n')).toHaveLength(2);
});

test('nobody knows what an archive has that lacks them, or cannot be reached', async () => {
  expect(await digests([[`${url}/debian`, 'none']])).toBeUndefined();
  expect(
    await digests([
      [`${url}/debian`, 'sid'],
      ['http://127.0.0.1:1/debian', 'sid'],
    ]),
  ).toBeUndefined();
});

test('an archive cannot send on to a port that the step itself could not reach', async () => {
  const visitors: string[] = [];
  const other = createServer((request, response) => {
    visitors.push(request.url ?? '');
    response.end('another service');
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}/x`;
  expect(await digests([[`${url}/elsewhere`, 'sid']])).toBeUndefined();
  expect(visitors).toEqual([]);
  other.close();
});

test('[A-264] a login is for the archive, and for nobody whom that sends on to', async () => {
  const login = { name: 'me', password: 'secret' };
  const ask = (base: string): Promise<string | undefined> =>
    releaseDigests([{ url: `${url}/${base}`, suite: 'sid', login }], {
      aptOptions: [],
      signal: new AbortController().signal,
    });
  logins.length = 0;
  expect(await ask('moved')).toBe(`${sha256('one')} ${url}/moved/dists/sid/`);
  expect(logins).toEqual(['Basic bWU6c2VjcmV0', 'Basic bWU6c2VjcmV0']);
  logins.length = 0;
  elsewhere = `${url.replace('127.0.0.1', 'localhost')}/debian/dists/sid/InRelease`;
  expect(await ask('elsewhere')).toBe(`${sha256('one')} ${url}/elsewhere/dists/sid/`);
  expect(logins).toEqual(['Basic bWU6c2VjcmV0', undefined]);
});

test('they are asked for through the proxy that apt is told of', async () => {
  const proxied = await digests([['http://archive.example.test/debian', 'sid']], [`Acquire::http::Proxy "${url}"`]);
  expect(proxied).toBe(`${sha256('one')} http://archive.example.test/debian/dists/sid/`);
  expect(asked).toContain('http://archive.example.test/debian/dists/sid/InRelease');
});
