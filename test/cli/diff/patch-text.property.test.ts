import { applyPatch } from 'diff';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { patchOf } from '../../../cli/diff/patch-text.ts';
import type { Version } from '../../../index.ts';

const look = { type: 'file', mode: 0o644, uid: 1000, gid: 1000, sizeBytes: 0, target: '' } as const;
const version = (text: string): Version => ({ look, contents: Buffer.from(text, 'latin1'), isCut: false });

const line = fc.constantFrom('', 'a', 'b', 'c', '+', '-x', '@@', '\\ No newline', '\xff\xfe', '\t', 'a\r');
const text = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
  .map(([lines, isEnded]) => lines.map((each) => `${each}\n`).join('') + (isEnded ? '' : 'last'));

// -1: the search for the shortest way is given up before it begins.
test.each([3000, -1])('the patch of two texts, put on the first, gives the second (%i ms to search)', (timeoutMs) => {
  fc.assert(
    fc.property(text, text, (old, now) => {
      fc.pre(old !== now);
      const patch = patchOf({ path: 'f', before: version(old), after: version(now) }, { timeoutMs });
      if (patch.type !== 'text') throw new Error(patch.type);
      expect(applyPatch(old, patch.text)).toBe(now);
    }),
  );
});

test('a file that is new or gone is told against /dev/null, and an odd name in quotes', () => {
  const added = patchOf({ path: 'a "b"\nä', after: version('x\n') });
  expect(added).toEqual({
    type: 'text',
    text: '--- /dev/null\n+++ "b/a \\"b\\"\\012\\303\\244"\n@@ -0,0 +1,1 @@\n+x\n',
  });
  const removed = patchOf({ path: 'f', before: version('x\n') });
  expect(removed).toMatchObject({ text: '--- a/f\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n' });
});

test('what has a zero byte is binary, and the same twice is no difference', () => {
  expect(patchOf({ path: 'f', before: version('a\0b'), after: version('a') }).type).toBe('binary');
  expect(patchOf({ path: 'f', before: version('a\0b'), after: version('a\0b') }).type).toBe('equal');
  expect(patchOf({ path: 'f', before: version('a'), after: version('a') }).type).toBe('equal');
});
