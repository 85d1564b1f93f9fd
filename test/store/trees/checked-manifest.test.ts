import { expect, test } from 'vitest';
import { checkedManifest } from '../../../store/trees/checked-manifest.ts';
import { manifestDigest, manifestText } from '../../../store/trees/manifest.ts';
import type { ManifestLine } from '../../../store/trees/manifest.ts';

const owned = { mode: 0o755, uid: 0, gid: 0 };
const root: ManifestLine = { path: '', type: 'directory', ...owned };
const directory = (path: string): ManifestLine => ({ path, type: 'directory', ...owned });
const link = (path: string, target: string): ManifestLine => ({ path, type: 'symlink', ...owned, target });
const file = (path: string, keys: object = {}): ManifestLine => ({
  path,
  type: 'file',
  ...owned,
  contents: { hash: 'a'.repeat(64), sizeBytes: 1 },
  ...keys,
});
const checked = (text: string) => checkedManifest(text, manifestDigest(text));

test('a manifest that we wrote is read', () => {
  const lines = [root, directory('a'), file('a/b'), link('a/c', '../..'), file('a\nb'), file('é')];
  expect(checked(manifestText(lines))).toEqual(lines);
});

test.for<readonly [string, readonly ManifestLine[]]>([
  ['leads out', [root, file('..')]],
  ['leads out on its way', [root, directory('..'), file('../x')]],
  ['is the directory itself', [root, file('.')]],
  ['is absolute', [root, file('/etc')]],
  ['ends in a slash', [root, directory('a'), file('a/')]],
  ['goes through a link', [root, link('a', '/etc'), file('a/b')]],
  ['goes through a file', [root, file('a'), file('a/b')]],
  ['has no directory', [root, file('a/b')]],
  ['comes twice', [root, file('a'), file('a')]],
  ['is out of order', [root, file('b'), file('a')]],
  ['holds a zero', [root, file('a\0b')]],
  ['is too long a name', [root, file('a'.repeat(256))]],
  ['has no owner of containers', [root, file('a', { uid: 70_000 })]],
  ['leads nowhere', [root, link('a', '')]],
  ['is too large', [root, file('a', { contents: { hash: 'a'.repeat(64), sizeBytes: 65 * 1024 ** 3 } })]],
  ['has no root', [file('a')]],
])('[A-229] an entry that %s is refused', ([, lines]) => {
  expect(() => checked(manifestText(lines))).toThrow(expect.objectContaining({ code: 'PLACE_DAMAGED' }));
});

const good = manifestText([root, file('a')]);

test.for([
  ['', 'nothing'],
  [good.slice(0, -1), 'without its end'],
  [`${good}x`, 'with more'],
  [good.replace('1:a', '01:a'), 'with another number'],
  [good.replace('1:a', '999:a'), 'with a length beyond its end'],
  [good.replace(' 0 0 ', ' 00 0 '), 'with another zero'],
  [good.replace('contractor tree 1', 'contractor tree 2'), 'of another version'],
  [good.replace('f 755', 'x 755'), 'with another type'],
])('[A-229] a text is refused: %$', ([text = '']) => {
  expect(() => checked(text)).toThrow(expect.objectContaining({ code: 'PLACE_DAMAGED' }));
});

test('one of another digest is refused', () => {
  expect(() => checkedManifest(good, 'b'.repeat(64))).toThrow(/not what its digest was made from/);
});
