import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSupervisor, readSpecFile } from '../../index.ts';
import type { BuildEvent, Supervisor } from '../../index.ts';

// These need a package mirror. They share one store, so that a system tree that
// an example can take from another is made once.
const root = join(import.meta.dirname, '../..');
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-examples-')));
chmodSync(directory, 0o755); // as root the trees in it belong to another id, which has to get there
const store = join(directory, 'store');
const supervisor: Supervisor = createSupervisor({ store });
const unmet = (await supervisor.checkHost()).filter(({ ok }) => !ok);
const cannotRun = unmet.length > 0;

beforeAll(() => mkdirSync(store, { recursive: true }));

afterAll(async () => {
  await supervisor.close();
  // Trees have owners of their own, so this user may be unable to remove them: the map's root can.
  removeStore();
});

describe('the examples, in real containers', { timeout: 300_000 }, () => {
  test.skipIf(cannotRun)('[A-01] hello prints its line', async () => {
    const { events, log } = await build('hello');
    expect(ended(events)).toEqual(['built', 'built']);
    expect(log('hello', '3')).toBe('hello, world, from security container\n');
  });
});
