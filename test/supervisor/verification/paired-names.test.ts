import { expect, test } from 'vitest';
import { withPairedNames } from '../../../supervisor/verification/paired-names.ts';
import type { EntryDifference } from '../../../supervisor/verification/verification.ts';

const builds = { from: 0, to: 1, processors: [2, 1] };
const look = { type: 'file', mode: 0o644, uid: 1000, gid: 1000, sizeBytes: 9, target: '' } as const;
const added = (path: string, type: 'file' | 'directory' = 'file'): EntryDifference => ({
  type: 'added',
  path,
  after: { ...look, type },
});
const removed = (path: string): EntryDifference => ({ type: 'removed', path, before: look });

/** Which name each new one stands in the place of. */
function pairs(changes: readonly EntryDifference[]): Record<string, string> {
  return Object.fromEntries(
    withPairedNames(changes, builds).flatMap(({ path, insteadOf }) =>
      insteadOf === undefined ? [] : [[path, `${insteadOf.path} ${insteadOf.causes.join()}`]],
    ),
  );
}

test('a name stands in the place of one beside it that differs by known causes', () => {
  expect(
    pairs([added('d/tmpA4PEIM'), removed('d/tmpDkcjYU'), added('log-2026-11-26'), removed('log-2026-11-25')]),
  ).toEqual({
    'd/tmpA4PEIM': 'd/tmpDkcjYU random-name',
    'log-2026-11-26': 'log-2026-11-25 time',
  });
});

test('no name is taken twice, nor in the place of one elsewhere or of another kind', () => {
  expect(pairs([added('f1'), added('f2'), removed('f3')])).toEqual({ f1: 'f3 number' });
  expect(pairs([added('a/f1'), removed('b/f2')])).toEqual({});
  expect(pairs([added('f1', 'directory'), removed('f2')])).toEqual({});
  expect(pairs([added('red'), removed('blue')])).toEqual({});
});
