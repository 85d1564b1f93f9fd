import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hashFile } from '../../../store/trees/hash-file.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const mebibyte = 1024 * 1024;

test.each([0, 1, mebibyte - 1, mebibyte, mebibyte + 1, 3 * mebibyte + 7])('hashes a file of %d bytes', (sizeBytes) => {
  const location = join(temporaryDirectory(), 'f');
  const contents = Buffer.alloc(sizeBytes, 'some contents that repeat, ');
  writeFileSync(location, contents);
  expect(hashFile(location)).toBe(createHash('sha256').update(contents).digest('hex'));
});

test('neither follows a link nor waits for a FIFO', () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'f'), '');
  symlinkSync('f', join(directory, 'link'));
  execFileSync('mkfifo', [join(directory, 'pipe')]);
  expect(() => hashFile(join(directory, 'link'))).toThrow('ELOOP');
  expect(() => hashFile(join(directory, 'pipe'))).toThrow('no regular file');
});
