import { lookup } from 'node:dns/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAway, openDatabase } from '../../fleet/database.ts';
import { openFleet } from '../../fleet/open-fleet.ts';
import { makeAuthority } from './certificates.ts';
import type { Authority, Certificate } from './certificates.ts';
import { postgresPrograms, startPostgres } from './postgres.ts';
import type { Postgres } from './postgres.ts';

/** This host by its name, which nobody takes for it: what is said of other hosts holds. */
const ELSEWHERE = hostname();
const address = await lookup(ELSEWHERE, 4).then(
  (found) => found.address,
  () => undefined,
);
const lacking = postgresPrograms() === undefined || address === undefined;
const listening = address === undefined ? {} : { listens: address };
let work: string;
let authority: Authority;
let proper: Certificate;
let postgres: Postgres;

const NAMES = `DNS:${ELSEWHERE},DNS:localhost`;

beforeAll(async () => {
  if (lacking) return;
  work = mkdtempSync(join(tmpdir(), 'tls-'));
  authority = makeAuthority(work, 'authority');
  proper = authority.issue('server', { commonName: 'server', names: NAMES });
  postgres = await startPostgres({ ...listening, tls: { certificate: proper, authority: authority.certificate } });
});
afterAll(async () => {
  await postgres?.close();
  if (work !== undefined) rmSync(work, { recursive: true });
});

const urlOf = (host: string, parameters: Record<string, string> = {}, user = 'ci'): string =>
  `postgres://${user}@${host}:${postgres.port}/postgres?${new URLSearchParams(parameters).toString()}`;

/** Whether a connection is encrypted, as the server has it; or why there is none. */
async function isEncrypted(url: string): Promise<unknown> {
  const fleet = await openFleet(url);
  const [row] = await fleet.database.query<{ ssl: boolean }>(
    'select ssl from pg_stat_ssl where pid = pg_backend_pid()',
  );
  await fleet[Symbol.asyncDispose]();
  return row?.ssl;
}

const unproven = (words: string): unknown =>
  expect.objectContaining({
    code: 'DATABASE_UNUSABLE',
    message: expect.stringMatching(
      new RegExp(`does not prove who it is, and nothing was sent to it: .*${words}`),
    ) as unknown,
  });

describe.skipIf(lacking)('[A-262] a server that encrypts', () => {
  const trusted = (): Record<string, string> => ({ sslrootcert: authority.certificate });

  test('on another host is trusted when an authority that is named has signed its certificate, and not otherwise', async () => {
    await expect(isEncrypted(urlOf(ELSEWHERE))).rejects.toEqual(unproven('certificate'));
    expect(await isEncrypted(urlOf(ELSEWHERE, trusted()))).toBe(true);
    expect(await isEncrypted(urlOf(ELSEWHERE, { ...trusted(), sslmode: 'verify-ca' }))).toBe(true);
    // Whoever says so has his way.
    expect(await isEncrypted(urlOf(ELSEWHERE, { sslmode: 'no-verify' }))).toBe(true);
    expect(await isEncrypted(urlOf(ELSEWHERE, { sslmode: 'disable' }))).toBe(false);
    await expect(isEncrypted(urlOf(ELSEWHERE, { sslrootcert: join(work, 'nowhere') }))).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('`sslrootcert`') as unknown,
    });
  });

  test('and shows the certificate of another is refused, before anything is sent', async () => {
    postgres.show(authority.issue('other', { commonName: ELSEWHERE, names: 'DNS:other.example' }));
    await expect
      .poll(async () => await isEncrypted(urlOf(ELSEWHERE, trusted())).catch((error: unknown) => error))
      .toEqual(unproven('other.example'));
    await expect(isEncrypted(urlOf(ELSEWHERE, { ...trusted(), sslmode: 'require' }))).rejects.toEqual(
      unproven('other'),
    );
    // An authority of one's own that signs for one server alone: its name may be any.
    expect(await isEncrypted(urlOf(ELSEWHERE, { ...trusted(), sslmode: 'verify-ca' }))).toBe(true);
    // An address in numbers is compared too, and with itself.
    postgres.show(authority.issue('local', { commonName: 'localhost', names: 'DNS:localhost' }));
    await expect
      .poll(async () => await isEncrypted(urlOf('127.0.0.1', trusted())).catch((error: unknown) => error))
      .toEqual(unproven('IP'));
    postgres.show(proper);
  });

  test('and stands in for it, with a certificate that nobody has signed who is trusted, is refused', async () => {
    const between = makeAuthority(work, 'between').issue('between-server', { commonName: 'server', names: NAMES });
    postgres.show(between);
    const asked = { ...trusted(), sslmode: 'verify-ca' };
    await expect
      .poll(async () => await isEncrypted(urlOf(ELSEWHERE, asked)).catch((error: unknown) => error))
      .toEqual(unproven('certificate'));
    await expect(isEncrypted(urlOf(ELSEWHERE, trusted()))).rejects.toEqual(unproven('certificate'));
    // A worker that was there before waits for the right one to be back.
    const database = await openDatabase(urlOf(ELSEWHERE, trusted()));
    expect(isAway(await database.query('select 1').catch((error: unknown) => error))).toBe(true);
    postgres.show(proper);
    await expect.poll(async () => await database.query('select 1 as one').catch(() => [])).toEqual([{ one: 1 }]);
    await database.close();
  });

  test('knows a client by its certificate', async () => {
    const { certificate: sslcert, key: sslkey } = authority.issue('client', { commonName: 'certified' });
    const own = { ...trusted(), sslcert, sslkey };
    expect(await isEncrypted(urlOf(ELSEWHERE, own, 'certified'))).toBe(true);
    await expect(isEncrypted(urlOf(ELSEWHERE, trusted(), 'certified'))).rejects.toMatchObject({
      code: 'DATABASE_UNUSABLE',
      message: expect.stringContaining('certificate') as unknown,
    });
  });
});

test.skipIf(lacking)('[A-262] a server on another host that does not encrypt is refused', async () => {
  postgres.show(proper);
  const plain = await startPostgres(listening);
  const url = `postgres://ci@${ELSEWHERE}:${plain.port}/postgres`;
  await expect(isEncrypted(url)).rejects.toEqual(unproven('does not support SSL'));
  expect(await isEncrypted(`${url}?sslmode=disable`)).toBe(false);
  await plain.close();
});
