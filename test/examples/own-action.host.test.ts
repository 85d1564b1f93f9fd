import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, whatHostLacks } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';

const lacks = await whatHostLacks();

describe.skipIf(lacks !== '')('the example with own actions', () => {
  let shelf: TestStore;
  beforeAll(async () => {
    shelf = await openTestStore();
  });
  afterAll(() => shelf.close());

  test('[A-200] runs, and makes its artifact', async () => {
    const main = join(import.meta.dirname, '../../examples/own-action/main.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [main, shelf.store]);
    expect(stdout).toBe(
      '1-release-note: succeeded\n2-checksums: succeeded\nmade release@1\n3-create-artifact: succeeded\n',
    );
    const log = shelf.supervisor.artifacts.show('release');
    expect(log).toMatchObject({ files: 2 });
  });
});
