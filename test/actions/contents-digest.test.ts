import {
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { contentsDigest } from '../../actions/contents-digest.ts';
import type { FileHash } from '../../store/records/outside.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';

let directory: string;
let known: Map<string, FileHash>;
let lookedUp: number;

beforeEach(() => {
  directory = temporaryDirectory();
  known = new Map();
  lookedUp = 0;
  mkdirSync(join(directory, 'sub'));
  writeFileSync(join(directory, 'sub/file'), 'one');
  writeFileSync(join(directory, 'odd name\n\\ü'), 'two');
  writeFileSync(join(directory, 'left.o'), 'out');
});

/** Long after all was written. */
const LATER = Date.now() + 3_600_000;

const digest = (now = LATER): Promise<string | undefined> =>
  contentsDigest(
    { directory, argv: ['--sort=name', '--wildcards', '--exclude=*.o', `--directory=${directory}`, '.'], now },
    {
      getFileHash: (path, look) => {
        const found = known.get(path);
        if (found?.look !== look) return undefined;
        lookedUp += 1;
        return found.hash;
      },
      putFileHashes: (hashes) => {
        for (const hash of hashes) known.set(hash.path, hash);
      },
    },
  );

test('differs with a name, a mode, a link or contents, and not with times or what is left out', async () => {
  const seen = new Set([await digest()]);
  const changes = [
    () => writeFileSync(join(directory, 'sub/file'), 'ONE'),
    () => chmodSync(join(directory, 'sub/file'), 0o755),
    () => renameSync(join(directory, 'sub/file'), join(directory, 'sub/other')),
    () => symlinkSync('x', join(directory, 'link')),
    () => {
      unlinkSync(join(directory, 'link'));
      symlinkSync('y', join(directory, 'link'));
    },
    () => linkSync(join(directory, 'sub/other'), join(directory, 'sub/second')),
  ];
  for (const [index, change] of changes.entries()) {
    change();
    seen.add(await digest());
    expect(seen.size).toBe(index + 2);
  }
  writeFileSync(join(directory, 'left.o'), 'OUT');
  utimesSync(join(directory, 'sub/other'), 1, 1);
  seen.add(await digest());
  expect(seen.size).toBe(changes.length + 1);
});

test('reads a file that looks as it did only once, and one that was just changed each time', async () => {
  const first = await digest(Date.now());
  expect(known.size).toBe(0);
  expect(await digest()).toBe(first);
  expect([known.size, lookedUp]).toEqual([2, 0]);
  expect(await digest()).toBe(first);
  expect(lookedUp).toBe(2);
});

test('is unknown of what tar cannot list', async () => {
  directory = join(directory, 'nothing');
  expect(await digest()).toBeUndefined();
});
