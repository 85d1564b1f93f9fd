import { actionSet } from '../../actions/action-set.ts';
import { clocksOf } from '../../supervisor/clocks.ts';
import { openSession } from '../../supervisor/open-session.ts';
import { hostSandbox } from '../../supervisor/sandbox.ts';
import type { Sandbox } from '../../supervisor/sandbox.ts';
import { kernelBootId } from '../../supervisor/boot-id.ts';
import { claimIdMap } from '../../supervisor/store-place.ts';
import { openStore } from '../../store/open-store.ts';

/**
 * Makes step 3 of a run's project `p` by hand, and is killed with -9 on the way: before or after a call of its sandbox.
 *
 *     node commit-in-child.ts STORE RUN before|after CALL
 */
const [directory = '', run = '', moment = '', call = ''] = process.argv.slice(2);

let isCommitting = false;

const sandbox = new Proxy(hostSandbox, {
  get(target, name: keyof Sandbox) {
    const found = target[name];
    if (name !== call || typeof found !== 'function') return found;
    return async (...words: readonly unknown[]): Promise<unknown> => {
      if (isCommitting && moment === 'before') process.kill(process.pid, 'SIGKILL');
      const result: unknown = await (found as (...all: readonly unknown[]) => unknown)(...words);
      if (isCommitting) process.kill(process.pid, 'SIGKILL');
      return result;
    };
  },
});

const store = openStore(directory);
const session = await openSession(
  { type: 'step', run, project: 'p', step: '3', moment: 'after' },
  { command: ['/bin/sh', '-c', 'echo hand > c; echo h > /etc/hand'], commit: true },
  {
    store,
    actions: actionSet(),
    sandbox,
    bootId: kernelBootId(),
    idMap: () => claimIdMap(store),
    ...clocksOf(),
    newId: () => `c${String(Date.now() % 1e9).padStart(9, '0')}`,
  },
);
session.data.end();
await session.outcome;
isCommitting = true;
await session.commit();
