import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { contentsDigest } from '../../../actions/contents-digest.ts';
import { openStore } from '../../../store/open-store.ts';
import type { Store } from '../../../store/open-store.ts';
import { forgetOutside } from '../../../supervisor/gc/forget-outside.ts';
import { sampleRun } from '../../store/sample-records.ts';
import { temporaryDirectory } from '../../store/temporary-directory.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
let store: Store;
let work: string;

beforeEach(() => {
  work = temporaryDirectory();
  store = openStore(join(work, 'store'));
  return () => store.close();
});

/** How many hashes of files the store knows. */
const hashes = (): number => store.fileLooks('', 10_000).length;

/** Reads what `copy-source` would copy of a directory, so long after that was written that its hashes are kept. */
async function read(directory: string): Promise<void> {
  const argv = ['--directory', directory, 'files'];
  await contentsDigest({ directory, argv, now: Date.now() + DAY_MS }, store);
}

test('[A-254] the hashes of files that are gone or look another way are forgotten, however many, and no others', async () => {
  const source = join(work, 'files');
  mkdirSync(join(source, 'many'), { recursive: true });
  for (let file = 0; file < 1100; file += 1) writeFileSync(join(source, 'many', String(file)), '');
  for (const name of ['kept', 'changed', 'a\u00e9']) writeFileSync(join(source, name), 'one');
  await read(work);
  expect(hashes()).toBe(1103);
  expect(forgetOutside(store, 0)).toBe(0);
  rmSync(join(source, 'many'), { recursive: true });
  writeFileSync(join(source, 'changed'), 'other');
  expect(forgetOutside(store, 0)).toBe(1101);
  expect(store.fileLooks('', 10).map(({ path }) => Buffer.from(path, 'latin1').toString())).toEqual([
    join(source, 'a\u00e9'),
    join(source, 'kept'),
  ]);
});

test('[A-254] answers go that are old and to what no run has asked that is left; one that is asked again stays', () => {
  const step = (ref: string): object => ({
    id: '1-git',
    action: 'git',
    parameters: { url: 'https://example.test/x.git', ref },
  });
  store.createRun(
    sampleRun('r1', {
      spec: { projects: [{ name: 'p', dependsOn: [], steps: [step('main')] }] },
      options: { directory: work },
    }),
  );
  // What another version has recorded, and what says nothing at all.
  store.createRun(
    sampleRun('r2', {
      specDigest: 'x',
      spec: { projects: [{ steps: [{ action: 'gone' }] }] },
      options: { directory: work },
    }),
  );
  const question = (ref: string): string => `the commit of ${ref} in https://example.test/x.git`;
  for (const ref of ['main', 'old']) store.putAnswer(question(ref), { answer: 'commit 1', askedAt: 1000 });
  store.putAnswer(question('young'), { answer: 'commit 2', askedAt: 3000 });

  expect(forgetOutside(store, 2000)).toBe(1);

  const left = ['main', 'old', 'young'].filter((ref) => store.getAnswer(question(ref)) !== undefined);
  expect(left).toEqual(['main', 'young']);
  expect(
    store.forgetOutside({ questions: [question('main')], askedBefore: 1000, looks: [] }),
    'it was asked again meanwhile',
  ).toBe(0);
});
