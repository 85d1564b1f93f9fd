import { expect, test } from 'vitest';
import { manifestDigest, manifestText } from '../../../store/trees/manifest.ts';

const root = { path: '', type: 'directory', mode: 0o755, uid: 0, gid: 0 } as const;

test('writes the format that it documents', () => {
  const hash = 'a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447';
  const text = manifestText([
    root,
    { path: 'tmp', type: 'directory', mode: 0o1777, uid: 0, gid: 0 },
    { path: 'tmp/hello', type: 'file', mode: 0o644, uid: 42, gid: 1000, contents: { hash, sizeBytes: 12 } },
    { path: 'tmp/two', type: 'symlink', mode: 0o777, uid: 0, gid: 0, target: 'hello' },
  ]);
  expect(text).toBe(`contractor tree 1
d 755 0 0 0:
d 1777 0 0 3:tmp
f 644 42 1000 12 ${hash} 9:tmp/hello
l 777 0 0 5:hello 7:tmp/two
`);
});

test('keeps the digest of an empty tree for ever', () => {
  expect(manifestDigest(manifestText([root]))).toBe('19eac4c808115c8ea183d7a751a3bcacd9d58db099466dfbb2c277408ada6cec');
});

test('tells a name with a newline from two entries', () => {
  const one = manifestText([root, { ...root, path: 'a\nd 755 0 0 1:b' }]);
  const two = manifestText([root, { ...root, path: 'a' }, { ...root, path: 'b' }]);
  expect(one).not.toBe(two);
});
