import { expect, test } from 'vitest';
import { packageUrl } from '../../supervisor/package-url.ts';

test('names and versions are encoded, but for colons', () => {
  expect(packageUrl({ name: 'libstdc++6', version: '1:14.2.0-1+b1', architecture: 'amd64' }, 'ubuntu')).toBe(
    'pkg:deb/ubuntu/libstdc%2B%2B6@1:14.2.0-1%2Bb1?arch=amd64',
  );
  expect(packageUrl({ name: 'a', version: '1~rc1', architecture: 'all' })).toBe('pkg:deb/debian/a@1~rc1?arch=all');
});
