import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { keptPlace } from '../../fleet/kept-place.ts';

let place = '';

beforeEach(() => {
  const top = mkdtempSync(join(tmpdir(), 'contractor-kept-'));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  place = join(top, 'place');
});

test('a directory that was taken away meanwhile is refused, whatever is in its place', () => {
  mkdirSync(place);
  const kept = keptPlace(place);
  renameSync(place, `${place}.away`);
  for (const lay of [() => undefined, () => writeFileSync(place, '')]) {
    lay();
    expect(() => kept.isEmpty()).toThrow(/is not the directory that it was/);
    expect(() => kept.assertSame()).toThrow(/is not the directory that it was/);
  }
  rmSync(place);
  renameSync(`${place}.away`, place);
  expect(kept.isEmpty()).toBe(true);
  expect(() => kept.assertSame()).not.toThrow();
});

test('what was no directory when it was first looked at is not the one to be kept', () => {
  writeFileSync(place, '');
  const kept = keptPlace(place);
  renameSync(place, `${place}.away`); // Its number is not to be used again.
  mkdirSync(place);
  expect(() => kept.assertSame()).not.toThrow();
});

test('what is below a file is no place, and no crash', () => {
  writeFileSync(place, '');
  const kept = keptPlace(join(place, 'below'));
  expect(kept.isEmpty()).toBe(false);
  expect(() => kept.assertSame()).not.toThrow();
});

test('holds what was left in it, and not what lies elsewhere, whatever the database calls it', () => {
  const digest = 'ab'.repeat(32);
  const outside = join(place, '..', 'outside');
  for (const folder of [join(place, 'artifacts', 'made'), outside]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, digest), '');
  }
  const kept = keptPlace(place);
  expect(kept.holds({ name: 'made', digest })).toBe(true);
  expect(kept.holds({ name: 'other', digest })).toBe(false);
  expect(kept.holds({ name: '../../outside', digest })).toBe(false);
  expect(kept.holds({ name: 'made', digest: `../../../outside/${digest}` })).toBe(false);
});
