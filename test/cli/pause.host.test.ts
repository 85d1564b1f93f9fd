import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { onTiny, openTestStore, project, shell, whatHostLacks } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';
import { hasTmux, Terminal } from './rig/terminal.ts';

const lacking = (await whatHostLacks()) || (hasTmux ? '' : 'tmux');
let store: TestStore;
let terminal: Terminal;
let spec: string;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());
beforeEach(() => {
  spec = join(store.work, 'build.yaml');
  const steps = [onTiny, shell('echo half > a'), shell('cat a; exit 3'), shell('cat a')];
  writeFileSync(spec, JSON.stringify({ projects: [project('p', steps)] }));
  const env = { EDITOR: "sed -i 's/exit 3/:/'", PATH: process.env['PATH'] ?? '' };
  terminal = new Terminal({ ...env, CONTRACTOR_STORE: store.store, NO_COLOR: '1' });
});
afterEach(() => terminal.close());

describe.skipIf(lacking !== '')('a pause at a terminal', () => {
  test('[A-131] asks what to do: a shell, another try, the specification mended', async () => {
    terminal.type(`contractor build --fresh --progress plain --on-failure=pause ${spec}; echo "status $?"`);
    await terminal.shows(/p\/3-shell has failed; the build is paused[^]*> *$/m);
    terminal.type('s');
    await terminal.shows(/p\/3-shell:\/workspace\S*\$$/m);
    terminal.type('cat a; exit');
    await terminal.shows(/^half\n[^]*> *$/m);
    terminal.type('r');
    await terminal.shows(/attempt 2[^]*has failed; the build is paused[^]*> *$/m);
    terminal.type('e');
    const screen = await terminal.shows(/status \d+$/m);
    expect(screen).toMatch(/kept from run[^]*Built 1 project[^]*status 0$/m);
  });

  test('[A-131] leaves it paused when that is wanted, says what to type, and asks again later', async () => {
    terminal.type(`contractor build --fresh --progress plain --break p:3 ${spec}; echo "status $?"`);
    await terminal.shows(/p\/3-shell is next; the build is paused[^]*> *$/m);
    terminal.key('C-c');
    await terminal.shows(/contractor resume \w+ +asks what to do[^]*status 1$/m);
    terminal.type('clear; contractor resume --progress plain; echo "status $?"');
    await terminal.shows(/p\/3-shell is next[^]*> *$/m);
    terminal.type('k');
    expect(await terminal.shows(/status 0$/m)).toContain('Built 1 project');
  });

  test('[A-132] goes on after a step that is made by hand in a shell', async () => {
    terminal.type(`contractor build --fresh --progress plain --on-failure=pause ${spec}; echo "status $?"`);
    await terminal.shows(/m make it by hand[^]*> *$/m);
    terminal.type('m');
    await terminal.shows(/p\/3-shell:\/workspace\S*\$$/m);
    terminal.type('echo whole > a; exit');
    await terminal.shows(/M +a[^]*\[y\/n\] *$/m);
    terminal.type('y');
    expect(await terminal.shows(/status 0$/m)).toMatch(/made by hand now, as attempt 2[^]*Built 1 project/);
  });

  test('opens a shell by itself where that is asked for', async () => {
    terminal.type(`contractor build --fresh --progress plain --on-failure=shell ${spec}; echo "status $?"`);
    await terminal.shows(/p\/3-shell:\/workspace\S*\$$/m);
    terminal.type('exit');
    await terminal.shows(/has failed; the build is paused[^]*> *$/m);
    terminal.type('g');
    expect(await terminal.shows(/status 1$/m)).toContain('1 of 1 project failed');
  });
});
