import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { INDEX_PACKAGES_PROGRAM } from '../../actions/artifact-packages.ts';
import { CHECK_LOCK_PROGRAM } from '../../actions/package-lock.ts';
import { NOTE_ORIGINS_PROGRAM } from '../../actions/package-origins.ts';

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'contractor-programs-'));
});
afterEach(() => rmSync(top, { recursive: true }));

const put = (path: string, text: string): void => writeFileSync(join(top, path), text);

/** Runs a program that works in /run/contractor on our directory instead. */
function run(program: string, ...argv: string[]): { status: number | null; stderr: string } {
  put('program', program.replaceAll('/run/contractor', top));
  const { status, stderr } = spawnSync('perl', [join(top, 'program'), ...argv], {
    encoding: 'utf8',
    env: { PATH: `${top}:/usr/bin:/bin` },
  });
  return { status, stderr };
}

describe('the index of packages of an artifact', () => {
  const CONTROL = [
    'Package: own',
    'Version: 1',
    'Architecture: all',
    'Filename: /etc/passwd',
    ' continued',
    'size: 1',
    'Status: install ok installed',
    'Description: x',
    ' more of it',
    'no field',
    'Version: 2',
    '',
    'Package: libc6',
    'Version: 999',
    'Architecture: all',
  ].join('\n');
  beforeEach(() => {
    mkdirSync(join(top, 'artifacts/a/deep dir'), { recursive: true });
    put('dpkg-deb', `#!/bin/sh\ncat <<'END'\n${CONTROL}\nEND\n`);
    chmodSync(join(top, 'dpkg-deb'), 0o755);
  });

  test('has the first stanza of each, without what says where it is and what it is', () => {
    put('artifacts/a/deep dir/own?.deb', 'contents');
    symlinkSync('/etc/passwd', join(top, 'artifacts/a/link.deb'));
    expect(run(INDEX_PACKAGES_PROGRAM, 'a')).toEqual({ status: 0, stderr: '' });
    expect(readFileSync(join(top, 'local/Packages'), 'utf8')).toBe(
      'Package: own\nVersion: 1\nArchitecture: all\nDescription: x\n more of it\nFilename: ./a/0.deb\nSize: 8\n' +
        'SHA256: d1b2a59fbea7e20077af9f91b27e95e865061b270be03ff539ab3b73587882e8\n\n',
    );
    expect(readlinkSync(join(top, 'local/a/0.deb'))).toBe(join(top, 'artifacts/a/deep dir/own?.deb'));
  });

  test('is not made of links alone', () => {
    symlinkSync('/etc/passwd', join(top, 'artifacts/a/link.deb'));
    expect(run(INDEX_PACKAGES_PROGRAM, 'a')).toMatchObject({
      stderr: 'index-packages: the artifact a has no file *.deb\n',
    });
  });
});

test('the origin of a package is the repository that is the longest beginning of its address', () => {
  const hash = 'ab'.repeat(32);
  const lines = [
    `'http://user:secret@m.test/debian/pool/a_1%3a2_all.deb' a_1%3a2_all.deb 1 SHA256:${hash}`,
    `'http://m.test/debian/extra/pool/b.deb' b_1_amd64.deb 1 SHA256:${hash}`,
    `'copy:${top}/local/./debs/0.deb' c_1_all.deb 1 SHA256:${hash}`,
    `'http://other.test/x/pool/main/d.deb' d_1_all.deb 1 SHA256:${hash}`,
    'W: something else',
  ];
  put('fetched-uris', lines.join('\n'));
  put('repository-addresses', 'http://m.test/debian\nhttp://m.test/debian/extra\n');
  mkdirSync(join(top, 'root/var/lib'), { recursive: true });
  expect(run(NOTE_ORIGINS_PROGRAM, join(top, 'root'))).toEqual({ status: 0, stderr: '' });
  expect(readFileSync(join(top, 'root/var/lib/contractor/package-origins'), 'utf8')).toBe(
    [
      `a 1:2 all ${hash} http://m.test/debian`,
      `b 1 amd64 ${hash} http://m.test/debian/extra`,
      `c 1 all ${hash} artifact:debs`,
      `d 1 all ${hash} http://other.test/x`,
      '',
    ].join('\n'),
  );
});

describe('a lock is checked', () => {
  const [one, two] = ['11'.repeat(32), '22'.repeat(32)];
  beforeEach(() => put('package-lock', `a 1:2 all ${one}\nb 1 amd64 -\n`));

  test('against what was fetched: nothing else, and the same files', () => {
    const fetched = (name: string, sha256: string): string => `'http://x/${name}' ${name}.deb 1 SHA256:${sha256}\n`;
    put('uris', fetched('a_1%3a2_all', one) + fetched('b_1_amd64', two));
    expect(run(CHECK_LOCK_PROGRAM, 'fetched', join(top, 'uris'))).toEqual({ status: 0, stderr: '' });
    put('uris', fetched('a_1%3a2_all', two) + fetched('c_1_all', one));
    expect(run(CHECK_LOCK_PROGRAM, 'fetched', join(top, 'uris'))).toEqual({
      status: 1,
      stderr:
        'locked: a 1:2 all is another file than the one that was locked\nlocked: c 1 all is not in the lock, and would be installed\n',
    });
  });

  test('against what is installed: all of it, and nothing else', () => {
    const stanza = (name: string, version: string, architecture: string, state = 'installed'): string =>
      `Package: ${name}\nStatus: install ok ${state}\nArchitecture: ${architecture}\nVersion: ${version}\n\n`;
    const status = (text: string): ReturnType<typeof run> => {
      mkdirSync(join(top, 'root/var/lib/dpkg'), { recursive: true });
      put('root/var/lib/dpkg/status', text);
      return run(CHECK_LOCK_PROGRAM, 'installed', join(top, 'root'));
    };
    expect(status(stanza('a', '1:2', 'all') + stanza('b', '1', 'amd64'))).toEqual({ status: 0, stderr: '' });
    expect(status(stanza('a', '1:3', 'all') + stanza('b', '1', 'amd64', 'config-files'))).toEqual({
      status: 1,
      stderr: [
        'locked: a 1:3 all is installed, and is not in the lock',
        'locked: a 1:2 all is not installed',
        'locked: b 1 amd64 is not installed',
        '',
      ].join('\n'),
    });
  });

  test('against what apt knows, with what there is instead', () => {
    put(
      'apt-cache',
      '#!/bin/sh\nprintf "        a |      1:3 | http://x\\n        a | 1:4 | http://x\\n b | 1 | http://x\\n"\n',
    );
    chmodSync(join(top, 'apt-cache'), 0o755);
    expect(run(CHECK_LOCK_PROGRAM, 'available')).toEqual({
      status: 1,
      stderr: 'locked: a 1:2 is not there any more: there is 1:3, 1:4\n',
    });
  });
});
