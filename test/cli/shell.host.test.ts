import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GUARD } from '../../cli/shell/guard-terminal.ts';
import { killAll, pidsOf } from '../supervisor/killed-build.ts';
import { makeTinySystem, onTiny, openTestStore, project, shell, whatHostLacks } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';
import { hasTmux, Terminal } from './rig/terminal.ts';

const lacking = (await whatHostLacks()) || (hasTmux ? '' : 'tmux');
let store: TestStore;
let step: string;
let terminal: Terminal;

beforeAll(async () => {
  if (lacking !== '') return;
  store = await openTestStore();
  makeTinySystem(join(store.work, 'system'), ['stty', 'bash']);
  await store.supervisor.artifacts.importFrom('bashful', join(store.work, 'system'));
  const { id } = await store.build([
    project('p', [{ ...onTiny, 'artifact-name': 'bashful' }, shell('echo half > done; exit 5')]),
    project('dash', [onTiny, shell('exit 1')]),
  ]);
  step = `${id}:p:2`;
});
afterAll(() => store?.close());
beforeEach(() => {
  terminal = new Terminal({ CONTRACTOR_STORE: store.store, NO_COLOR: '1', PATH: process.env['PATH'] ?? '' });
});
afterEach(async () => {
  terminal.close();
  // It goes with its contractor, not before.
  while (leftovers().length > 0) await wait(20);
});

function leftovers(): string[] {
  return ['keepers', 'trees/attempts'].flatMap((directory) =>
    readdirSync(join(store.store, directory)).filter((name) => name.startsWith('shell-')),
  );
}

describe.skipIf(lacking !== '')('contractor shell, in a terminal', () => {
  test('[A-126] is a shell with jobs, Ctrl-C, Ctrl-Z and a window, and ends with its status', async () => {
    const settings = `${store.work}/stty`;
    terminal.type(
      `stty -a > ${settings}; contractor shell ${step}; echo "status $?"; stty -a | tail -n +2 > ${settings}2; tail -n +2 ${settings} | cmp - ${settings}2 && echo same`,
    );
    await terminal.shows(/where it failed \(exit status 5\)[^]*p\/2-shell:\/workspace\S*\$$/m);
    terminal.type('cat done; tty=$(stty size); echo "size $tty"');
    await terminal.shows(/^half\nsize 30 100$/m);
    terminal.type('sleep 983');
    await terminal.shows(/sleep 983/);
    while (pidsOf('sleep', '983').length === 0) await wait(20);
    terminal.key('C-c');
    await terminal.shows(/\^C\n.*\$$/m);
    terminal.type('echo "got $?"; sleep 982');
    while (pidsOf('sleep', '982').length === 0) await wait(20);
    await terminal.shows(/got 130/);
    terminal.key('C-z');
    await terminal.shows(/Stopped +sleep 982/);
    terminal.type('kill %1; fg; jobs; echo none');
    await terminal.shows(/^none$/m);
    terminal.resize(90, 25);
    terminal.type('while [ "$(stty size)" != "25 90" ]; do sleep 0.1; done; echo resized; exit 9');
    expect(await terminal.shows(/status 9\nsame$/m)).toMatch(/^resized$/m);
  });

  test('[A-126] works with a small sh as well, on a file tree that has no bash', async () => {
    terminal.type(`contractor shell ${step.split(':')[0]}:dash; echo "status $?"`);
    await terminal.shows(/dash\/2-shell:\/workspace\S*\$$/m);
    terminal.type('sleep 981');
    while (pidsOf('sleep', '981').length === 0) await wait(20);
    terminal.key('C-z');
    await terminal.shows(/Stopped +sleep 981/);
    terminal.type('kill -9 %1; exit 8');
    terminal.type('exit 8');
    expect(await terminal.shows(/^status 8$/m)).toContain('exit 8');
  });

  test('runs one command, which Ctrl-C is for, and ends with its status', async () => {
    terminal.type(
      `contractor shell ${step} -- sh -c 'trap "exit 6" INT; echo ready; while :; do sleep 1; done'; echo "status $?"`,
    );
    await terminal.shows(/^ready$/m);
    terminal.key('C-c');
    expect(await terminal.shows(/status 6$/m)).toContain('ready');
  });

  test('[A-132] shows what it has changed, asks, and makes it the result of the step', async () => {
    const { id } = await store.build([
      project('p', [
        { ...onTiny, 'artifact-name': 'bashful' },
        shell('echo half > done; exit 5'),
        shell('cat done hand'),
      ]),
    ]);
    terminal.type(`contractor shell ${id} --commit; echo "status $?"`);
    await terminal.shows(/can be the result of the step[^]*p\/2-shell:\/workspace\S*\$$/m);
    terminal.type('echo made > hand; false; exit');
    await terminal.shows(/A +hand[^]*result of the step\? \[y\/n\] *$/m);
    terminal.type('n');
    await terminal.shows(/Nothing is kept[^]*status 1$/m);
    terminal.type(
      `clear; contractor shell ${id} --commit -- sh -c 'echo made > hand'; contractor resume ${id} --progress plain`,
    );
    const screen = await terminal.shows(/Built 1 project/);
    expect(screen).toMatch(/:p:2-shell is made by hand now, as attempt 2[^]*resume \w+/);
    terminal.type(`clear; contractor status ${id}`);
    expect(await terminal.shows(/3-shell|cat done hand/)).toMatch(/made by hand/);
  });

  test('without a terminal passes on input, output, errors and status', async () => {
    const pipe = `echo typed | contractor shell ${step} -- sh -c 'cat; cat done; echo wrong >&2; exit 4' 2> ${store.work}/errors`;
    terminal.type(`${pipe} | cat; ${pipe} > /dev/null; echo "status $?"; cat ${store.work}/errors`);
    expect(await terminal.shows(/^status 4\n\w+$/m)).toMatch(/^typed\nhalf\nstatus 4\nwrong$/m);
  });

  test('[A-127] goes with its contractor: no process, mount or file of it is left when that is killed', async () => {
    terminal.type(`contractor shell ${step}`);
    await terminal.shows(/workspace\S*\$$/m);
    terminal.type('echo x > file; sleep 980');
    while (pidsOf('sleep', '980').length === 0) await wait(20);
    expect(leftovers().length).toBe(2);
    const main = join(import.meta.dirname, '../../cli/main.ts');
    killAll(pidsOf(process.execPath, main, 'shell', step));
    while (leftovers().length > 0) await wait(20);
    expect(pidsOf('sleep', '980')).toEqual([]);
  });

  test('[A-138] leaves the terminal as it was, also when contractor is killed', async () => {
    const settings = `${store.work}/killed`;
    terminal.type(`stty -a | tail -n +2 > ${settings}; contractor shell ${step}; stty -a | tail -n +2 > ${settings}2`);
    await terminal.shows(/workspace\S*\$$/m);
    const main = join(import.meta.dirname, '../../cli/main.ts');
    killAll(pidsOf(process.execPath, main, 'shell', step));
    while (leftovers().length > 0) await wait(20);
    while (pidsOf('/bin/sh', '-c', GUARD).length > 0) await wait(20);
    terminal.type(`clear; stty -a | tail -n +2 | cmp - ${settings} && echo "as it was"`);
    expect(await terminal.shows(/^as it was$|differ/m)).toMatch(/^as it was$/m);
  });

  test('says that it has a network when it has one, and what there is to mend when there is no step', async () => {
    terminal.type(`contractor shell ${step} --network -- id; echo "status $?"`);
    await terminal.shows(/has the network of this host[^]*status 0/);
    terminal.type(`contractor shell ${step}#7; echo "status $?"`);
    expect(await terminal.shows(/no attempt 7[^]*status 2/)).toContain('[STEP_UNKNOWN]');
  });
});
