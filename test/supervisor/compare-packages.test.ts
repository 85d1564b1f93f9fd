import { expect, test } from 'vitest';
import { comparePackages } from '../../supervisor/compare-packages.ts';

const one = (name: string, version: string, more: object = {}) => ({ name, version, architecture: 'amd64', ...more });

test('tells what was upgraded, downgraded, rebuilt, added and removed, by name', () => {
  const before = [one('a', '1'), one('b', '2'), one('c', '1', { sha256: 'x' }), one('d', '1'), one('same', '1')];
  const after = [
    one('a', '1.10', { origin: 'http://x' }),
    one('b', '1.9'),
    one('c', '1', { sha256: 'y' }),
    one('e', '1'),
    one('same', '1'),
  ];
  expect(comparePackages(before, after)).toEqual([
    { type: 'upgraded', name: 'a', architecture: 'amd64', before: '1', after: '1.10', origin: 'http://x' },
    { type: 'downgraded', name: 'b', architecture: 'amd64', before: '2', after: '1.9' },
    { type: 'rebuilt', name: 'c', architecture: 'amd64', before: '1', after: '1' },
    { type: 'removed', name: 'd', architecture: 'amd64', before: '1' },
    { type: 'added', name: 'e', architecture: 'amd64', after: '1' },
  ]);
});

test('keeps the architectures of one package apart, and knows one that changed its own', () => {
  const i386 = { architecture: 'i386' };
  expect(comparePackages([one('a', '1')], [one('a', '1'), one('a', '1', i386)])).toMatchObject([
    { type: 'added', architecture: 'i386' },
  ]);
  expect(comparePackages([one('a', '1', { architecture: 'all' })], [one('a', '2')])).toMatchObject([
    { type: 'upgraded', before: '1', after: '2' },
  ]);
});
