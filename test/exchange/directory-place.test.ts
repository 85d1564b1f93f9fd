import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { directoryPlace } from '../../exchange/directory-place.ts';
import type { Place } from '../../exchange/place.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';

async function keysOf(folder: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of place.list(folder)) keys.push(key);
  return keys;
}

const BYTES = Buffer.from('bytes');
const MOST = { maxBytes: 100 };
let top: string;
let outside: string;
let place: Place;

beforeEach(() => {
  top = join(temporaryDirectory(), 'place');
  outside = temporaryDirectory();
  place = directoryPlace(top);
});

describe('[A-267] a directory that stores share', () => {
  test('gives what was put there, and makes itself', async () => {
    expect(await place.get('objects/ab/1', MOST)).toBeUndefined();
    await place.put('objects/ab/1', BYTES);
    expect(await place.get('objects/ab/1', MOST)).toEqual(BYTES);
    expect(await place.look('objects/ab/1')).toMatchObject({ key: 'objects/ab/1', sizeBytes: 5 });
    expect(await keysOf('objects/')).toEqual(['objects/ab/1']);
    expect(await keysOf('artifacts/')).toEqual([]);
  });

  test('may be a link itself, as its user has named it', async () => {
    mkdirSync(top);
    const link = join(outside, 'link');
    symlinkSync(top, link);
    await directoryPlace(link).put('objects/1', BYTES);
    expect(readFileSync(join(top, 'objects/1'))).toEqual(BYTES);
  });

  test('is not left through a link that lies where a folder belongs', async () => {
    mkdirSync(join(top, 'objects'), { recursive: true });
    symlinkSync(outside, join(top, 'objects/ab'));
    writeFileSync(join(outside, '1'), 'secret');
    const refusal = {
      code: 'PLACE_UNUSABLE',
      message: expect.stringContaining('`objects/ab` in it is a link or a file'),
    };
    await expect(place.put('objects/ab/2', BYTES)).rejects.toMatchObject(refusal);
    await expect(place.put('objects/ab/c/2', BYTES)).rejects.toMatchObject(refusal);
    await expect(place.get('objects/ab/1', MOST)).rejects.toMatchObject(refusal);
    await expect(place.look('objects/ab/1')).rejects.toMatchObject(refusal);
    await expect(keysOf('objects/ab/')).rejects.toMatchObject(refusal);
    expect(await keysOf('objects/')).toEqual([]);
    expect(readdirSync(outside)).toEqual(['1']);
  });

  test('is not left through a link that lies where an object belongs', async () => {
    mkdirSync(join(top, 'objects'), { recursive: true });
    writeFileSync(join(outside, 'secret'), 'secret');
    symlinkSync(join(outside, 'secret'), join(top, 'objects/1'));
    expect(await place.look('objects/1')).toBeUndefined();
    await expect(place.get('objects/1', MOST)).rejects.toMatchObject({ code: 'PLACE_DAMAGED' });
    await place.put('objects/1', BYTES);
    expect(await place.get('objects/1', MOST)).toEqual(BYTES);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
  });

  test('does not wait for a pipe', async () => {
    mkdirSync(join(top, 'objects'), { recursive: true });
    execFileSync('mkfifo', [join(top, 'objects/1')]);
    expect(await place.look('objects/1')).toBeUndefined();
    await expect(place.get('objects/1', MOST)).rejects.toMatchObject({ code: 'PLACE_DAMAGED' });
  });

  test('removes what it is told to, and the folder when nothing is left in it', async () => {
    for (const key of ['objects/ab/1', 'objects/ab/2', 'objects/cd/1']) await place.put(key, BYTES);
    symlinkSync(outside, join(top, 'objects/link'));
    writeFileSync(join(outside, '1'), 'mine');
    for (const key of ['objects/ab/1', 'objects/cd/1', 'objects/ef/1', 'other/1']) await place.remove(key);
    await place.remove('objects/cd/1');
    expect(readdirSync(join(top, 'objects')).toSorted()).toEqual(['ab', 'link']);
    await expect(place.remove('objects/link/1')).rejects.toMatchObject({ code: 'PLACE_UNUSABLE' });
    expect(readFileSync(join(outside, '1'), 'utf8')).toBe('mine');
  });

  test('keeps what is put while its folder is removed as empty', { timeout: 60_000 }, async () => {
    const putting = async (): Promise<void> => {
      for (let turn = 0; turn < 50; turn++) await place.put(`objects/ab/${turn % 3}`, BYTES);
    };
    const removing = async (): Promise<void> => {
      for (let turn = 0; turn < 150; turn++) await place.remove('objects/ab/other');
      for (let turn = 0; turn < 50; turn++) await place.remove(`objects/ab/${turn % 2}`);
    };
    await Promise.all([putting(), removing()]);
    await place.put('objects/ab/last', BYTES);
    expect(await place.get('objects/ab/2', MOST)).toEqual(BYTES);
    expect(await place.get('objects/ab/last', MOST)).toEqual(BYTES);
  });

  test('is tried before it is needed', async () => {
    await place.prepare();
    expect(readdirSync(top)).toEqual([]);
    const file = join(outside, 'file');
    writeFileSync(file, '');
    for (const wrong of [file, join(file, 'below')]) {
      await expect(directoryPlace(wrong).prepare()).rejects.toMatchObject({
        code: 'PLACE_UNUSABLE',
        message: expect.stringContaining(`file:${wrong} cannot be used`),
      });
    }
    expect(existsSync(join(file, 'below'))).toBe(false);
  });
});
