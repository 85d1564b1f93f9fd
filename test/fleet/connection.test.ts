import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connectionTo } from '../../fleet/connection.ts';

const ca = { PGSSLROOTCERT: '/etc/ca.pem' };

test.each([
  ['postgres://ci@db.example/ci', {}, 'host'],
  ['postgres://ci@db.example/ci?sslmode=require', {}, 'host'],
  ['postgres://ci@db.example/ci?sslmode=verify-ca&sslrootcert=/etc/ca.pem', {}, 'authority'],
  ['postgres://ci@db.example/ci?sslmode=verify-ca', ca, 'authority'],
  ['postgres://ci@db.example/ci?sslmode=no-verify', {}, 'none'],
  ['postgres://ci@db.example/ci?sslmode=disable', {}, undefined],
  ['postgres://ci@db.example/ci', { PGSSLMODE: 'disable' }, undefined],
  ['postgres://ci@db.example/ci', { PGSSLMODE: '' }, 'host'],
  ['postgres://ci@db.example/ci?sslmode=', {}, 'host'],
  ['postgres://ci@db.example/ci?sslmode=verify-full', { PGSSLMODE: 'disable' }, 'host'],
  ['postgres://ci@localhost/ci', {}, undefined],
  ['postgres://ci@127.0.0.1/ci', {}, undefined],
  ['postgres://ci@localhost/ci?sslrootcert=/etc/ca.pem', {}, 'host'],
  ['postgres://ci@localhost/ci', ca, 'host'],
  ['postgres://ci@[::1]/ci', {}, undefined],
  ['postgres://ci@127.0.0.1.example/ci', {}, 'host'],
  ['postgres://ci@localhost/ci?host=db.example', {}, 'host'],
  ['postgres://ci@localhost/ci?host=/run/postgresql', {}, undefined],
  ['postgres://ci@localhost/ci?host=/run/postgresql&sslmode=verify-full', {}, undefined],
  ['postgres://%2Frun%2Fpostgresql/ci', { PGSSLMODE: 'require' }, undefined],
  ['postgres:///ci', { PGHOST: 'db.example' }, 'host'],
])('[A-263] %s with %j is connected to with proof of %s', (url, environment, verify) => {
  const { tls, connectionString } = connectionTo(url, environment);
  expect(tls?.verify).toBe(verify);
  // The driver has ideas of its own about these.
  expect(connectionString).not.toContain('ssl');
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
  ['postgres://ci@db.example/ci?sslmode=verify-ca', {}, 'any host'],
  ['postgres://ci@db.example/ci?sslcert=/etc/client.pem', {}, 'belong together'],
  ['mysql://ci@db.example/ci', {}, 'no address'],
  ['postgres://ci@db%zz/ci', {}, 'no address'],
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
