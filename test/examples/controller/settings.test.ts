import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSettings } from '../../../examples/controller/settings.ts';
import { Specifications } from '../../../examples/controller/specifications.ts';

let directory: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-settings-')));
  writeFileSync(join(directory, 'token'), `${'t'.repeat(30)}\n`);
  writeFileSync(join(directory, 'short'), 'secret\n');
});
afterEach(() => rmSync(directory, { recursive: true }));

const hook = { repository: '/srv/hello.git', branch: 'main', path: 'build.yaml', secretFile: 'token' };

function read(settings: object): ReturnType<typeof readSettings> {
  writeFileSync(join(directory, 'settings.json'), JSON.stringify({ data: 'data', tokenFile: 'token', ...settings }));
  return readSettings(join(directory, 'settings.json'));
}

test('the controller listens on loopback by default, and reads secrets from files beside its settings', () => {
  expect(read({ hooks: { hello: hook } })).toEqual({
    data: join(directory, 'data'),
    host: '127.0.0.1',
    port: 8787,
    token: 't'.repeat(30),
    hooks: new Map([
      ['hello', { repository: '/srv/hello.git', branch: 'main', path: 'build.yaml', secret: 't'.repeat(30) }],
    ]),
  });
});

test.each([
  ['a secret that can be guessed', { tokenFile: 'short' }, /less than 24/],
  ['a setting that it does not know', { tls: true }, /`tls`, which is not known/],
  ['a port that is none', { port: 70_000 }, /no port/],
  ['a hook without a path', { hooks: { hello: { ...hook, path: '' } } }, /the hook `hello` lack `path`/],
  ['a hook with a name that is none', { hooks: { '../up': hook } }, /no name for a specification/],
  ['a repository that is an option', { hooks: { hello: { ...hook, repository: '--upload-pack=x' } } }, /no address/],
  ['a repository that is a command', { hooks: { hello: { ...hook, repository: 'ext::sh -c x' } } }, /no address/],
  ['a branch that is an option', { hooks: { hello: { ...hook, branch: '-x' } } }, /no name of a branch/],
])('the controller refuses %s', (_, settings, message) => {
  expect(() => read(settings)).toThrow(message);
});

test('the controller keeps nothing in a repository, as steps may copy all of the one that they are in', () => {
  mkdirSync(join(directory, '.git'));
  expect(() => read({})).toThrow(/in the git repository/);
});

test('the controller knows its specifications by their files, and no other files', () => {
  const specifications = new Specifications(directory);
  specifications.write('hello', 'first\n');
  specifications.write('hello', 'second: ä\n');
  expect(specifications.names()).toEqual(['hello']);
  expect(specifications.read('hello')).toBe('second: ä\n');
  expect(specifications.read('../hello')).toBeUndefined();
  expect(specifications.nameOf(specifications.fileOf('hello'))).toBe('hello');
  expect(specifications.nameOf(join(directory, 'build.yaml'))).toBeUndefined();
  expect(specifications.nameOf('specification object')).toBeUndefined();
});
