import { describe, expect, test } from 'vitest';
import { bootstrapOf } from '../../actions/bootstrap-of.ts';
import { parseSources } from '../../actions/host-mirror.ts';
import { authorization, loginLine, splitLogin } from '../../actions/mirror-login.ts';

test.each([
  ['http://me:secret@mirror.test:81/debian', 'http://mirror.test:81/debian', { name: 'me', password: 'secret' }],
  ['https://me:p%40s%20s@mirror.test', 'https://mirror.test', { name: 'me', password: 'p@s s' }],
  ['http://me:a@b:c@mirror.test/x@y', 'http://mirror.test/x@y', { name: 'me', password: 'a@b:c' }],
  ['http://token@mirror.test/', 'http://mirror.test/', { name: 'token', password: '' }],
  ['http://me:100%@mirror.test/', 'http://mirror.test/', { name: 'me', password: '100%' }],
])('of %s, the address is %s, and the login beside it', (address, url, login) => {
  expect(splitLogin(address)).toEqual({ url, login });
});

test.each(['http://mirror.test/x@y', 'https://mirror.test', 'file:/srv/mirror'])('%s has no login', (address) => {
  expect(splitLogin(address)).toEqual({ url: address });
});

describe('a login is handed', () => {
  const of = (name: string, password: string): Parameters<typeof loginLine>[1] => ({
    url: 'http://mirror.test:81/debian/',
    login: { name, password },
  });

  test('to apt for this address alone, and to wget for the host', () => {
    expect(loginLine('mmdebstrap', of('me', 'a"b\\c'))).toBe(
      'machine http://mirror.test:81/debian login me password a"b\\c\n',
    );
    expect(loginLine('debootstrap', of('me', 'a"b\\c d'))).toBe(
      'machine mirror.test login "me" password "a\\"b\\\\c d"\n',
    );
    expect(loginLine('mmdebstrap', of('token', ''))).toBe('machine http://mirror.test:81/debian login token\n');
  });

  test.each([
    ['mmdebstrap', 'me', 'x y'],
    ['mmdebstrap', 'me', 'a\nmachine other'],
    ['debootstrap', 'me', 'a\nmachine other'],
    ['debootstrap', '', 'secret'],
  ] as const)('to %s not when it is %j and %j, and the password is not said', (tool, name, password) => {
    expect(() => loginLine(tool, of(name, password))).toThrow(
      expect.objectContaining({
        code: 'HOST_UNSUITABLE',
        message: expect.not.stringContaining(password) as string,
        mend: expect.stringContaining('mirror') as string,
      }),
    );
  });

  test('to HTTP', () => {
    expect(authorization({ name: 'me', password: 'secret' })).toBe('Basic bWU6c2VjcmV0');
  });
});

test('[A-264] the login of the mirror of the host is for no other mirror', () => {
  const sources = parseSources('http://me:secret@mirror.test/debian/\tsid');
  const place = { sources, aptOptions: [], specDirectory: '/', releaseBefore: () => undefined };
  const step = {
    id: '1-debootstrap',
    title: 'debootstrap sid',
    action: 'debootstrap',
    parameters: { suite: 'sid' },
    continueOnFailure: false,
  };
  const { mirror } = bootstrapOf(step, place);
  expect(mirror).toEqual({ url: 'http://mirror.test/debian', login: { name: 'me', password: 'secret' } });
  const other = { ...step, parameters: { suite: 'sid', mirror: 'http://other.test/debian' } };
  expect(bootstrapOf(other, place).mirror).toEqual({ url: 'http://other.test/debian' });
});
