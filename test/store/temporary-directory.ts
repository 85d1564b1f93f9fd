import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { bytePath } from '../../store/trees/byte-path.ts';
import { removeTree } from '../../store/trees/remove-tree.ts';

const made: string[] = [];

/** A new directory, gone after the tests of this file. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-test-')));
  made.push(directory);
  return directory;
}

afterAll(() => {
  for (const directory of made.splice(0)) removeTree(bytePath(directory));
});
