import { expect, test } from 'vitest';
import type { Plan } from '../../index.ts';
import { controlsOf } from '../../sandbox/expected-witness.ts';
import { command } from './rig/command.ts';

test('[A-257] plan shows what each step may see, and the ports that a tool may connect to', async () => {
  const step = { id: '1-shell', title: 'shell make', retries: 2, timeoutMs: 90_000 };
  const isolation = {
    runsIn: 'container',
    network: false,
    reads: ['container default'],
    writes: ['workspace', '/tmp'],
  } as const;
  const fetching = { runsIn: 'vetted-tool', network: true, reads: [], writes: ['workspace'] } as const;
  const byDefault = { limit: 'processes', value: 4096, unit: 'processes', isGiven: false } as const;
  const limits = [{ limit: 'memory', value: 2 ** 32, unit: 'bytes', isGiven: true }, byDefault] as const;
  const controls = controlsOf({ type: 'vetted-tool', identity: 'builder', network: true, environment: {}, reads: [] });
  const landlock = { version: 7, ports: [53, 80, 443, 8080], scopes: ['abstract-sockets', 'signals'] };
  const expected = { controls, mounts: [], landlock };
  const runsOn = {
    architecture: 'arm64',
    memoryBytes: 2 ** 33,
    labels: ['zone=eu'],
    missing: [{ type: 'label', wanted: 'zone=eu' }],
  } as const;
  const planned: Plan = {
    projects: [
      {
        name: 'tree',
        dependsOn: [],
        steps: [{ id: '1-git', title: 'git x', retries: 0, isolation: fetching, limits: [byDefault], expected }],
      },
      {
        name: 'hello',
        dependsOn: ['tree'],
        runsOn,
        checkpoint: 'step' as const,
        steps: [{ ...step, isolation, limits }],
      },
    ],
    limits: [
      { limit: 'processes', mechanism: 'cgroup-v2', scope: 'step', isEnforced: true },
      { limit: 'cpu-time', mechanism: 'rlimit', scope: 'process', isEnforced: false, consequence: 'Not together.' },
    ],
  };
  const plan = () => Promise.resolve(planned);
  expect((await command('plan -', { supervisor: { plan } })).stdout).toMatchInlineSnapshot(`
    "tree
      1 git x
          in a vetted tool of the host, in a sandbox, with network
          writes workspace
          limits processes 4096 by default
          identity      uid 1000, gid 1000, no other groups; the root of the host is not mapped
          capabilities  none
          privileges    no new ones; user namespaces inside are forbidden
          system calls  filtered
          namespaces    own cgroup ipc mnt pid user uts; the host's net
          network       the host's
          terminal      none; session of its own
          landlock      version 7: TCP to ports 53 80 443 8080 alone; no abstract sockets, no signals to others

    hello  after tree
      runs on arm64, 8 GiB of memory, zone=eu  this host lacks the label \`zone=eu\`
      checkpoint after each step, where workers build it
      1 shell make  at most 1m30s, up to 3 attempts
          in a container, no network
          reads  container default
          writes workspace
                 /tmp
          limits memory 4 GiB
                 processes 4096 by default

    limits on this host
      processes  cgroup-v2
      cpu-time   rlimit, for each process  Not together.
    "
  `);
  expect(JSON.parse((await command('plan - --json', { supervisor: { plan } })).stdout)).toEqual(planned);
});
