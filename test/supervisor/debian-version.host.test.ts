import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findProgramIfAny } from '../../sandbox/programs.ts';
import { compareVersions } from '../../supervisor/debian-version.ts';
import { propertyRuns } from '../property-runs.ts';

test.each([
  ['1', '2'],
  ['9', '10'],
  ['1.0~rc1', '1.0'],
  ['1.0', '1.0-1'],
  ['1.0', '1.0+b1'],
  ['1.0a', '1.0+'],
  ['9', '1:0'],
  ['1.2-1~bpo1', '1.2-1'],
  ['2.9-1', '2.10-1'],
  ['0.9999999999999999999998', '0.9999999999999999999999'],
])('%s is older than %s', (older, newer) => {
  expect(compareVersions(older, newer)).toBeLessThan(0);
  expect(compareVersions(newer, older)).toBeGreaterThan(0);
  expect(compareVersions(older, older)).toBe(0);
});

describe.skipIf(findProgramIfAny('dpkg') === undefined)('as dpkg sees it', () => {
  const version = fc.stringMatching(/^(\d:)?[0-9]([0-9]|[a-z]|[.+~]){0,5}(-([0-9]|[a-z]|[.+~]){1,3})?$/);
  test('any two versions', () => {
    fc.assert(
      fc.property(version, version, (one, other) => {
        const isOlder = spawnSync('dpkg', ['--compare-versions', one, 'lt', other]).status === 0;
        const isEqual = spawnSync('dpkg', ['--compare-versions', one, 'eq', other]).status === 0;
        expect(Math.sign(compareVersions(one, other))).toBe(isEqual ? 0 : isOlder ? -1 : 1);
      }),
      propertyRuns(100),
    );
  });
});
