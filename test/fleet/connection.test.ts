import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connectionTo } from '../../fleet/connection.ts';

const modeOf = (url: string, environment = {}): string | null =>
  new URL(connectionTo(url, environment).connectionString).searchParams.get('sslmode');

test.each([
  ['postgres://ci@db.example/ci', {}, 'verify-full'],
  ['postgres://ci@db.example/ci?sslmode=require', {}, 'verify-full'],
  ['postgres://ci@db.example/ci?sslmode=verify-ca', {}, 'verify-full'],
  ['postgres://ci@db.example/ci?sslmode=disable', {}, 'disable'],
  ['postgres://ci@db.example/ci', { PGSSLMODE: 'disable' }, 'disable'],
  ['postgres://ci@db.example/ci?sslmode=verify-full', { PGSSLMODE: 'disable' }, 'verify-full'],
  ['postgres://ci@localhost/ci', {}, 'disable'],
  ['postgres://ci@127.0.0.1/ci', {}, 'disable'],
  ['postgres://ci@localhost/ci?sslrootcert=/etc/ca.pem', {}, 'verify-full'],
  ['postgres://ci@[::1]/ci', {}, 'disable'],
  ['postgres://ci@127.0.0.1.example/ci', {}, 'verify-full'],
  ['postgres://ci@localhost/ci?host=db.example', {}, 'verify-full'],
  ['postgres://ci@localhost/ci?host=/run/postgresql', {}, null],
  ['postgres:///ci', { PGHOST: 'db.example' }, 'verify-full'],
])('[A-263] %s with %j is connected to with %s', (url, environment, mode) => {
  expect(modeOf(url, environment)).toBe(mode);
});

test.each([
  ['postgres://ci@db.example/ci?sslmode=prefer', {}, 'may fall back'],
  ['postgres://ci@db.example/ci?sslmode=allow', {}, 'may fall back'],
  ['postgres://ci@db.example/ci', { PGSSLMODE: 'prefer' }, 'may fall back'],
  ['postgres://ci@db.example/ci?ssl=0', {}, 'not understood'],
  ['postgres://ci@db.example/ci?uselibpqcompat=true&sslmode=require', {}, 'not understood'],
  ['postgres://ci@db.example/ci?sslmode=verify-full&sslmode=disable', {}, 'twice'],
  ['postgres://ci@db.example/ci?host=localhost&host=db.example', {}, 'twice'],
  ['postgres://ci@db.example/ci?service=x', {}, 'not understood'],
  ['mysql://ci@db.example/ci', {}, 'no address'],
])('[A-263] %s with %j is refused: %s', (url, environment, words) => {
  expect(() => connectionTo(url, environment)).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(words) as unknown }),
  );
});

test('[A-263] no password is in the name of a database, or in what is said of an address', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9]{12,20}$/);
  fc.assert(
    fc.property(secret, fc.constantFrom('', '?sslmode=disable', '?sslmode=prefer', '?x=1'), (password, query) => {
      for (const url of [`postgres://ci:${password}@db/ci${query}`, `postgres://ci@db/ci?password=${password}`]) {
        let said: string;
        try {
          said = connectionTo(url, {}).name;
        } catch (error) {
          said = `${String(error)} ${(error as { mend?: string }).mend}`;
        }
        expect(said).not.toContain(password);
      }
    }),
  );
});
