import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { findProgramIfAny } from '../../../sandbox/programs.ts';

/** Workers with addresses of their own, on a switch that has a server too: namespaces of the kernel, gone with this process. */
export interface Network {
  /** Where a server may listen, and from where it is asked. */
  readonly server: { readonly address: string; readonly subnet: string; readonly within: readonly string[] };
  readonly ports: readonly Port[];
  close(): Promise<void>;
}

/** Where one worker is plugged in. */
export interface Port {
  /** A command line that runs what follows it behind this port. */
  readonly within: readonly string[];
  /** At the switch the other end sees nothing but silence; at the host it has no network at once. */
  setLink(state: 'up' | 'down', where: 'switch' | 'host'): void;
}

const SUBNET = '10.173.57';
const BITS = 24;

/** Why this host or user can have no such network; empty when it can. */
export function whatNetworkLacks(): string {
  if (process.getuid?.() !== 0) return 'only root has networks';
  const missing = ['ip', 'unshare', 'nsenter', 'setpriv'].filter((name) => findProgramIfAny(name) === undefined);
  if (missing.length > 0) return `this host has no ${missing.join(', ')}`;
  try {
    const made = 'ip link add switch type bridge; ip link add port0 type veth peer name port1';
    execFileSync('unshare', ['--net', 'sh', '-euc', made], { stdio: 'ignore' });
    return '';
  } catch {
    return 'this kernel makes no switch';
  }
}

export async function openNetwork(workers: number): Promise<Network> {
  const hub = await openSpace();
  const inHub = within(hub);
  const address = `${SUBNET}.1`;
  run(inHub, 'ip link set lo up; ip link add switch type bridge; ip link set switch up');
  run(inHub, `ip addr add ${address}/${BITS} dev switch`);
  const spaces: ChildProcess[] = [hub];
  const ports: Port[] = [];
  for (let number = 0; number < workers; number++) {
    const space = await openSpace();
    spaces.push(space);
    const inSpace = within(space);
    const plug = `port${number}`;
    const own = `${SUBNET}.${10 + number}/${BITS}`;
    run(inHub, `ip link add ${plug} type veth peer name eth0 netns ${space.pid}`);
    run(inHub, `ip link set ${plug} master switch up`);
    run(inSpace, `ip link set lo up; ip addr add ${own} dev eth0; ip link set eth0 up`);
    ports.push({
      within: inSpace,
      setLink: (state, where) => {
        if (where === 'switch') run(inHub, `ip link set ${plug} ${state}`);
        else run(inSpace, `ip link set eth0 ${state}`);
      },
    });
  }
  return {
    server: { address, subnet: `${SUBNET}.0/${BITS}`, within: inHub },
    ports,
    close: async () => {
      for (const space of spaces) {
        const gone = once(space, 'exit');
        space.stdin?.end();
        await gone;
      }
    },
  };
}

/** A process that holds a network namespace until its input ends, as it does with this process. */
async function openSpace(): Promise<ChildProcess> {
  const holder = spawn('unshare', ['--net', 'sh', '-c', 'echo; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await Promise.race([
    once(holder.stdout, 'data'),
    once(holder, 'exit').then(() => Promise.reject(new Error('no network namespace'))),
    wait(10_000, undefined, { ref: false }),
  ]);
  return holder;
}

/** Of the namespaces only the network is entered: all else is the host's, control groups too. */
function within({ pid }: ChildProcess): string[] {
  return ['nsenter', `--net=/proc/${pid}/ns/net`, '--'];
}

function run([program = '', ...words]: readonly string[], script: string): void {
  execFileSync(program, [...words, 'sh', '-euc', script], { stdio: ['ignore', 'ignore', 'pipe'] });
}
