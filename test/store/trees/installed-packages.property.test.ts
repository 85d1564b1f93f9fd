import fc from 'fast-check';
import { expect, test } from 'vitest';
import { installedPackages } from '../../../store/trees/installed-packages.ts';

const anyPackage = fc.record({
  name: fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,10}$/),
  version: fc.stringMatching(/^(\d:)?\d[A-Za-z0-9.+~]{0,8}(-[A-Za-z0-9.+~]{1,4})?$/),
  architecture: fc.constantFrom('amd64', 'arm64', 'all'),
});

/** Pieces of a status file, and what somebody may have put between them. */
const hostileStatus = fc
  .array(
    fc.oneof(
      anyPackage.map(
        ({ name, version, architecture }) =>
          `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\nArchitecture: ${architecture}\n\n`,
      ),
      fc.constantFrom(
        'Package: ',
        'Version: 1\n',
        '\n\n',
        '\r\n',
        '__proto__: x\n',
        'Status: deinstall ok installed\n',
      ),
      fc.constantFrom('Source: \x1b]0;x\x07\n', 'Package: a b\n', 'Version: $(x)\n', ' continued\n', '\t\n', ': \n'),
      fc.string({ unit: 'binary', maxLength: 12 }),
    ),
    { maxLength: 30 },
  )
  .map((pieces) => pieces.join(''));

test('whatever a tree has as its status: what is told is printable, sorted, and each once', () => {
  fc.assert(
    fc.property(hostileStatus, hostileStatus, (status, origins) => {
      const found = installedPackages(status, origins) ?? [];
      for (const one of found) {
        expect(Object.values(one).join('')).toMatch(/^[\x21-\x7e]+$/);
        expect(Object.getPrototypeOf(one)).toBe(Object.prototype);
      }
      const keys = found.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`);
      expect(new Set(keys).size).toBe(keys.length);
      const names = found.map(({ name }) => name);
      expect(names).toEqual(names.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0)));
    }),
  );
});

test('what dpkg wrote is told whole, with the origins that were noted', () => {
  const hash = 'ab'.repeat(32);
  fc.assert(
    fc.property(fc.uniqueArray(anyPackage, { selector: ({ name }) => name }), fc.boolean(), (packages, isNoted) => {
      const status = packages.map(
        ({ name, version, architecture }) =>
          `Package: ${name}\nStatus: install ok installed\nSource: src (9)\nArchitecture: ${architecture}\n` +
          `Version: ${version}\nDescription: x\n Version: 0\n`,
      );
      const origins = packages.map(
        ({ name, version, architecture }) => `${name} ${version} ${architecture} ${hash} http://x/debian\n`,
      );
      const noted = isNoted ? { origin: 'http://x/debian', sha256: hash } : {};
      expect(installedPackages(status.join('\n'), isNoted ? origins.join('') : '')).toEqual(
        packages
          .toSorted((one, other) => (one.name < other.name ? -1 : 1))
          .map((one) => ({ ...one, source: 'src', ...noted })),
      );
    }),
  );
});

test('what is removed, and keeps its settings, is not installed', () => {
  const stanza = (state: string) => `Package: a${state}\nStatus: install ok ${state}\nVersion: 1\nArchitecture: all\n`;
  const status = ['installed', 'config-files', 'half-installed', 'unpacked'].map(stanza).join('\n');
  expect(installedPackages(status)?.map(({ name }) => name)).toEqual(['ainstalled']);
});

test('more packages than any system has are not told', () => {
  const status = Array.from(
    { length: 50_001 },
    (_, index) => `Package: p${index}\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n`,
  );
  expect(installedPackages(status.join('\n'))).toBeUndefined();
});
