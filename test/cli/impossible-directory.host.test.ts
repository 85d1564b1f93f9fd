import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { whatHostLacks } from '../supervisor/test-store.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';

const MAIN = join(import.meta.dirname, '../../cli/main.ts');
/** In a process of its own: what never ended would take this one with it. */
const contractor = (...argv: readonly string[]): { readonly status: number | null; readonly stderr: string } =>
  spawnSync(process.execPath, [MAIN, ...argv], { encoding: 'utf8', timeout: 30_000 });

test.each([['runs'], ['doctor'], ['worker', '--database', 'postgres://127.0.0.1:1/none', '--artifacts', '/tmp']])(
  '[A-268] `%s` refuses a store where no directory can be made',
  (...line) => {
    const { status, stderr } = contractor('--store', '/proc/none', ...line);
    expect(stderr).toContain('The store cannot be made in `/proc/none`');
    expect(stderr).toContain('[STORE_UNUSABLE]');
    expect(status).toBe(3);
  },
);

test.skipIf((await whatHostLacks()) !== '')('[A-268] a worker refuses a place where no directory can be made', () => {
  const line = ['worker', '--database', 'postgres://127.0.0.1:1/none', '--artifacts', '/proc/none/deep'];
  const { status, stderr } = contractor('--store', join(temporaryDirectory(), 'store'), ...line);
  expect(stderr).toContain('file:/proc/none/deep cannot be used: no such file or directory');
  expect(stderr).toContain('[PLACE_UNUSABLE]');
  expect(status).toBe(1);
});
