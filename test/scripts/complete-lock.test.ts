import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { completePackages, type LockedPackages } from '../../scripts/complete-lock.ts';
import { root } from '../house/sources.ts';

test('the lock file is good for every host, so that `npm ci` accepts it (mend: npm run lock)', () => {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const lock = JSON.parse(text) as { packages: LockedPackages };
  expect(`${JSON.stringify({ ...lock, packages: completePackages(lock.packages) }, null, 2)}\n`).toBe(text);
});

const tool = {
  version: '1.0.0',
  license: 'MIT',
  dev: true,
  engines: { node: '>=24' },
  optionalDependencies: {
    '@tool/linux-x64-gnu': '1.0.0',
    '@tool/linux-arm64-musl': '1.0.0',
    '@tool/win32-x64-msvc': '1.0.0',
  },
};
const common = { version: '1.0.0', license: 'MIT', dev: true, optional: true };

test('adds what an incomplete registry left out, with the machine its name tells', () => {
  const there = { 'node_modules/tool': tool, 'node_modules/@tool/linux-x64-gnu': { ...common, integrity: 'sha512-x' } };
  expect(completePackages(there)).toEqual({
    ...there,
    'node_modules/@tool/linux-arm64-musl': { ...common, os: ['linux'], cpu: ['arm64'], libc: ['musl'] },
    'node_modules/@tool/win32-x64-msvc': { ...common, os: ['win32'], cpu: ['x64'] },
  });
});

test('lets an old Node install what only the new one will run', () => {
  const packages = completePackages({ 'node_modules/a': { ...common, engines: { node: '>=20' } } });
  expect(packages).toEqual({ 'node_modules/a': common });
});
