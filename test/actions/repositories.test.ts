import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { debootstrap } from '../../actions/debootstrap.ts';
import { PIN_SCHEMA, preferencesText } from '../../actions/pins.ts';
import { REPOSITORIES_SCHEMA, sourcesText } from '../../actions/repositories.ts';
import { keyOfRepository } from '../../actions/repository-keys.ts';
import { repositoryRefusal } from '../../actions/repository-refusal.ts';
import { schemaFaults } from '../../spec-schema/schema-faults.ts';

const directory = mkdtempSync(join(tmpdir(), 'contractor-keys-'));
afterAll(() => rmSync(directory, { recursive: true }));

const at = { url: 'https://x.example/debian', suite: 'stable' };
const place = { specDirectory: directory };

describe('what a specification says becomes', () => {
  test('sources in which a key counts for its repository alone, whatever the host allows', () => {
    const publicKey = { fingerprint: 'F', subkeys: [], packets: Buffer.from([0x98, 0]) };
    expect(
      sourcesText([
        { ...at, publicKey },
        { ...at, suite: './', trusted: true, 'allow-expired': true },
      ]),
    ).toBe(`Types: deb
URIs: https://x.example/debian
Suites: stable
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mAA=
 =MWuM
 -----END PGP PUBLIC KEY BLOCK-----
Allow-Insecure: no
Allow-Weak: no
Allow-Downgrade-To-Insecure: no
Check-Valid-Until: yes
Check-Date: yes

Types: deb
URIs: https://x.example/debian
Suites: ./
Trusted: yes
Allow-Downgrade-To-Insecure: no
Check-Valid-Until: no
Check-Date: yes
`);
  });

  test('preferences', () => {
    const pins = [
      { package: 'gcc*', pin: 'release n=trixie', priority: 990 },
      { package: 'src:make', pin: 'version 4.4*', priority: -1 },
    ];
    expect(schemaFaults(PIN_SCHEMA, pins)).toEqual([]);
    expect(preferencesText(pins)).toBe(
      'Package: gcc*\nPin: release n=trixie\nPin-Priority: 990\n\nPackage: src:make\nPin: version 4.4*\nPin-Priority: -1\n',
    );
  });
});

test('[A-174] a plan shows what is trusted without a signature', () => {
  const parameters = {
    suite: 'sid',
    repositories: [
      { ...at, trusted: true },
      { ...at, suite: './', key: 'k.asc' },
    ],
  };
  const step = { id: '1', title: 't', action: 'debootstrap', parameters, continueOnFailure: false };
  expect(debootstrap.isolation(step).reads.slice(2)).toEqual([
    'repository https://x.example/debian stable main, UNSIGNED: trusted, as the specification says',
    'repository https://x.example/debian ./',
  ]);
  expect(debootstrap.unsignedSources?.(step)).toEqual(['https://x.example/debian stable main']);
});

describe('no value that a specification may hold begins another field or stanza of', () => {
  const piece = fc.constantFrom(
    ...[
      '\n',
      '\r',
      '\n\n',
      ' ',
      '\t',
      'Trusted: yes',
      'Package: *',
      '[trusted=yes]',
      '#',
      '"',
      ':',
      '/',
      '*',
      '..',
      './',
    ],
    ...[
      'version 1',
      'origin x',
      'release n=a',
      'a=b',
      ',',
      ', ',
      'http://',
      'https://x.test',
      'a',
      '1',
      '\u2028',
      '\0',
    ],
  );
  const text = fc.array(piece, { minLength: 1, maxLength: 5 }).map((all) => all.join(''));

  test('preferences', () => {
    fc.assert(
      fc.property(text, text, fc.integer(), (name, pin, priority) => {
        const pins = [{ package: name, pin, priority }];
        if (schemaFaults(PIN_SCHEMA, pins).length > 0) return;
        expect(preferencesText(pins)).toMatch(
          /^Package: \S+\nPin: (version|origin|release) [^\n\r]+\nPin-Priority: -?\d+\n$/,
        );
      }),
    );
  });

  test('sources', () => {
    fc.assert(
      fc.property(text, text, fc.array(text, { maxLength: 2 }), (url, suite, components) => {
        const all = [{ url, suite, components, trusted: true }];
        if (schemaFaults(REPOSITORIES_SCHEMA, all).length > 0) return;
        const lines = sourcesText(all).trimEnd().split('\n');
        expect(lines.map((line) => line.replace(/:.*/, '')).join(' ')).toMatch(
          /^Types URIs Suites (Components )?Trusted Allow-Downgrade-To-Insecure Check-Valid-Until Check-Date$/,
        );
        expect(suite).not.toMatch(/\.\.\//);
      }),
    );
  });
});

describe('[A-176] before any work is refused', () => {
  writeFileSync(join(directory, 'no-key'), 'hello');
  test.each([
    ['a repository without a key', {}, /has no key that signs it/],
    ['one with a key that is trusted without', { key: 'k.asc', trusted: true }, /has a `key` and is `trusted`/],
    ['a file that is not there', { key: 'nowhere.asc' }, /nowhere\.asc, which cannot be read/],
    ['a file that is no key', { key: 'no-key' }, /names a file without a public key/],
    ['a text that is no key', { key: '-----BEGIN PGP PUBLIC KEY BLOCK-----\n' }, /no public key of OpenPGP/],
    ['a fingerprint of no file', { key: 'AB'.repeat(20) }, /a fingerprint, (AB){20}, of no file/],
    ['a device', { key: '/dev/zero' }, /cannot be read/],
  ])('%s', (_, more, message) => {
    expect(() => keyOfRepository({ ...at, ...more }, place)).toThrow(message);
  });
});

describe('what apt says becomes a refusal with the key that is missing', () => {
  const one = { url: 'http://x.example/debian', name: 'x', fingerprint: 'AAAA' };
  test.each([
    [
      'apt 2.6',
      "W: GPG error: http://x.example/debian stable InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 0123456789ABCDEF\nE: The repository 'http://x.example/debian stable InRelease' is not signed.\n",
      /signed by the key 0123456789ABCDEF, which is not the one .* AAAA/,
    ],
    [
      'apt 3.0',
      'Err:3 http://x.example/debian stable InRelease\n  Sub-process /usr/bin/sqv returned an error code (1), error message is: Missing key 0123ABCD0123ABCD0123ABCD0123ABCD0123ABCD, which is needed to verify signature.\n',
      /signed by the key 0123ABCD/,
    ],
    [
      'a bad signature',
      'W: GPG error: http://x.example/debian stable InRelease: The following signatures were invalid: BADSIG 01 own\n',
      /wrong/,
    ],
    [
      'a key that has expired',
      'W: GPG error: http://x.example/debian x InRelease: The following signatures were invalid: EXPKEYSIG 0123456789ABCDEF own\n',
      /expired, 0123456789ABCDEF/,
    ],
  ])('%s', (_, log, message) => {
    expect(repositoryRefusal(log, [one])?.message).toMatch(message);
  });

  test('but not what it says of another repository, nor what a package says', () => {
    const log =
      "E: The repository 'http://x.example/debian-security stable InRelease' is not signed.\nhttp://x.example/debian is not signed\n";
    expect(repositoryRefusal(log, [one])).toBeUndefined();
  });
});
