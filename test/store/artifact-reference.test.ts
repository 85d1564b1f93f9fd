import fc from 'fast-check';
import { expect, test } from 'vitest';
import { artifactReference, isArtifactName } from '../../store/artifact-reference.ts';

test('reads a name, and a name with a version', () => {
  expect(artifactReference('my-debian')).toEqual({ name: 'my-debian' });
  expect(artifactReference('my-debian@3')).toEqual({ name: 'my-debian', version: 3 });
});

test.each([
  '',
  '@3',
  'a@',
  'a@0',
  'a@03',
  'a@-1',
  'a@1@2',
  'a@1.5',
  '.hidden',
  '..',
  '-rf',
  'a/b',
  'a b',
  'a\n',
  'ä',
  'a'.repeat(101),
])('refuses %j', (text) => {
  expect(() => artifactReference(text)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
});

test('a name that it takes is one plain component of a path', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      return !isArtifactName(name) || /^[^./-][^/\0]*$/.test(name);
    }),
  );
  expect(isArtifactName('my-debian_12.5+b1')).toBe(true);
});
