import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Supervisor } from '../../index.ts';
import {
  onTiny,
  onWritableTiny,
  openTestStore,
  project,
  publish,
  shell,
  whatHostLacks,
} from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';
import { command } from './rig/command.ts';

const lacking = await whatHostLacks();
let store: TestStore;
let supervisor: Partial<Supervisor>;

beforeAll(async () => {
  if (lacking !== '') return;
  store = await openTestStore();
  supervisor = { run: (id) => store.supervisor.run(id), workbench: store.supervisor.workbench };
});
afterAll(() => store?.close());

describe.skipIf(lacking !== '')('contractor run', () => {
  test('[A-128] tries a step once more with other commands, on the files before it, and leaves the run as it is', async () => {
    const steps = [onWritableTiny, shell('echo 1 > a'), shell('echo half > a; exit 3'), publish('never')];
    const { id } = await store.build([project('p', steps)]);
    const before = store.supervisor.run(id);
    const tried = await command(['run', `${id}:p:3`, '-c', 'cat a; echo whole > b; echo told >&2'], { supervisor });
    expect(tried.stdout.split('\n').toSorted()).toEqual([
      '',
      '1',
      '1 added',
      'A  b  0644, 6 B, owner 0:0',
      'told',
      expect.stringContaining('To keep it, write the commands into'),
      expect.stringContaining(`✓ ${id}:p:3-shell  succeeded`),
    ]);
    expect(tried.status).toBe(0);
    expect(store.supervisor.run(id)).toEqual(before);
    const again = await command(['run', `${id}:p:3`], { supervisor });
    expect([again.status, again.stdout]).toEqual([3, expect.stringContaining('M  a  2 B → 5 B')]);
  });

  test('[A-128] takes what an editor makes of the commands, and nothing when it fails', async () => {
    const { id } = await store.build([project('p', [onTiny, shell('echo old > a; exit 3')])]);
    const env = { EDITOR: "sed -i 's/old/new/; s/exit 3/exit 4/'", PATH: process.env['PATH'] ?? '' };
    const edited = await command(['run', id, '--edit'], { supervisor, env });
    expect([edited.status, edited.stdout]).toEqual([4, expect.stringContaining('A  a  0644, 4 B')]);
    const failed = await command(['run', id, '--edit'], { supervisor, env: { ...env, EDITOR: 'false' } });
    expect([failed.status, failed.stderr]).toEqual([2, expect.stringContaining('The editor `false`')]);
  });

  test('keeps the time that the step has', async () => {
    const { id } = await store.build([project('p', [onTiny, shell('exit 3', { timeout: 1 })])]);
    const { status, stdout } = await command(['run', id, '-c', 'sleep 979'], { supervisor });
    expect([status, stdout]).toEqual([1, expect.stringContaining('timed out after 1 s')]);
  });

  test('refuses a step that runs no commands', async () => {
    const { id } = await store.build([project('p', [onTiny, shell('exit 3')])]);
    const { status, stderr } = await command(['run', `${id}:p:1`], { supervisor });
    expect([status, stderr]).toEqual([2, expect.stringContaining('create-systree')]);
  });
});
