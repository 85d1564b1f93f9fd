import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findIdMap } from '../../sandbox/id-map.ts';
import { runInIdMap } from '../../sandbox/run-in-id-map.ts';
import { makeTinySystem, whatHostLacks } from './test-store.ts';

const lacking = await whatHostLacks();
let top: string;

beforeAll(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-test-')));
  makeTinySystem(join(top, 'tiny'));
});
const storesOf = (): readonly string[] => ['first', 'second'].map((name) => join(top, 'stores', name));
afterAll(async () => {
  for (const store of lacking === '' ? storesOf() : []) {
    const remove = ['/bin/rm', '-rf', 'layers', 'objects', 'artifacts', 'attempts'] as const;
    await runInIdMap({ trees: join(store, 'trees'), idMap: findIdMap(), command: remove });
  }
  rmSync(top, { recursive: true, force: true });
});

describe.skipIf(lacking !== '')('a program with several supervisors', () => {
  test('[A-211] is changed by none of them, hears nothing from them, and each has a store of its own', () => {
    const report = join(top, 'report');
    const program = join(import.meta.dirname, 'host-program.ts');
    const { stdout, stderr, status } = spawnSync(process.execPath, [program, report, ...storesOf()], {
      encoding: 'utf8',
      cwd: top,
    });
    expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 0 });
    const { results, looks, found } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, unknown>;
    expect(found).toEqual([]);
    expect(looks).toBeGreaterThan(10);
    const names = ['made', 'tiny'];
    expect(results).toEqual([
      { result: 'built', names, runs: [true] },
      { result: 'built', names, runs: [true] },
    ]);
  });
});
