import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeDirectory, makeDirectorySync } from '../make-directory.ts';
import { temporaryDirectory } from './store/temporary-directory.ts';

const waiting = async (path: string, mode?: number): Promise<void> => makeDirectorySync(path, mode);

describe.each([
  ['waiting for it', waiting],
  ['meanwhile', makeDirectory],
])('a directory is made, %s', (_, make) => {
  test('with those above it, of one mode', async () => {
    const top = temporaryDirectory();
    await make(join(top, 'a/b/c'), 0o700);
    for (const path of ['a', 'a/b', 'a/b/c']) expect(statSync(join(top, path)).mode & 0o777).toBe(0o700);
  });

  test('once: one that is there, or a link to one, is kept as it is', async () => {
    const top = temporaryDirectory();
    mkdirSync(join(top, 'there'), { mode: 0o755 });
    symlinkSync('there', join(top, 'link'));
    for (const path of ['there', 'there/', 'link', 'there/../link']) await make(join(top, path), 0o700);
    expect(statSync(join(top, 'there')).mode & 0o777).toBe(0o755);
    await make('/', 0o700);
    await make('.', 0o700);
  });

  test('or not, and that is said', async () => {
    const top = temporaryDirectory();
    writeFileSync(join(top, 'file'), '');
    symlinkSync('nothing', join(top, 'dangling'));
    await expect(make(join(top, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(make(join(top, 'file/below/it'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(make(join(top, 'dangling'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(make('')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('[A-268] not below /proc, and without trying for ever', async () => {
    for (const path of ['/proc/none', '/proc/none/below/it']) {
      await expect(make(path)).rejects.toMatchObject({ code: 'ENOENT' });
    }
  });
});
