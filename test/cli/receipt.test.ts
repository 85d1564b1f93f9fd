import { expect, test } from 'vitest';
import type { Receipt, RunDetails } from '../../index.ts';
import { controlsOf } from '../../sandbox/expected-witness.ts';
import { parseWitness } from '../../sandbox/witness.ts';
import { BUILDER_POLICY, sampleWitness, witnessFile } from '../sandbox/sample-witness.ts';
import { command } from './rig/command.ts';

const run: RunDetails = {
  id: 'k3x9',
  specName: 'build.yaml',
  createdAt: 0,
  state: 'failed',
  projects: [
    {
      name: 'hello',
      steps: [
        { id: '1-shell', title: 'shell make', attempts: [{ id: 'a', number: 1, startedAt: 0, endedAt: 61_000 }] },
      ],
    },
  ],
};

const found = Object.entries(controlsOf(BUILDER_POLICY)).map(([name, value]) => `${name} ${value}\n`);

function receipt(differences: string): Receipt {
  const witness = parseWitness(Buffer.from(witnessFile({ ...sampleWitness(), found: found.join(''), differences })));
  if (witness === undefined) throw new Error('the sample is no witness');
  return {
    format: 'contractor-receipt/1',
    attempt: { id: 'a', run: 'k3x9', project: 'hello', step: '1-shell', title: 'shell make', number: 1 },
    action: 'shell',
    runsIn: 'container',
    network: false,
    witness: { ...witness, mounts: witness.mounts.slice(0, 2) },
    tools: [{ name: 'bwrap', path: '/usr/bin/bwrap', version: '0.8.0', sha256: '85580dd5' }],
    systemTree: { artifact: 'tiny', digest: '82aa', writable: true, layers: [] },
    inputs: { key: 'f266', resolved: [{ uri: 'git+https://example.org/x', digest: { gitCommit: '2fdd' } }] },
    limits: { wallTimeMs: 300_000, values: { memory: 2 ** 20, 'open-files': 1024 }, grouped: ['memory'] },
    usage: { memory: 524_288, output: 12, 'cpu-time': 1234 },
    contractor: { version: '0.1.0', policy: 2, node: '24.0.0' },
    host: { system: 'Linux', kernel: '6.1.0', machine: 'x86_64' },
    idMap: {
      uid: [
        { inside: 0, outside: 1001, count: 1 },
        { inside: 1, outside: 100_000, count: 65_535 },
      ],
      gid: [{ inside: 0, outside: 1001, count: 1 }],
    },
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:01:01.000Z',
    outcome: { type: 'failed', exitCode: 2 },
  };
}

const supervisor = (differences = '') => ({
  run: () => run,
  receipt: () => Promise.resolve(receipt(differences)),
});

test('logs --receipt tells what was done, and what the kernel showed', async () => {
  const { stdout } = await command('logs k3x9:hello:1 --receipt', { supervisor: supervisor() });
  expect(stdout).toMatchInlineSnapshot(`
    "hello shell make  attempt 1 of 1-shell in run k3x9
    exit status 2  1m01s  from 2026-01-01T00:00:00.000Z

    action       shell
    ran in       a security container, no network
    command      /bin/sh -eu /run/step
    system tree  tiny 82aa, writable
    input        git+https://example.org/x 2fdd
    step key     f266
    time limit   5m00s
    limits       memory 1 MiB, by control groups
    limits       open-files 1024
    used         at most memory 512 KiB, output 12 B, cpu-time 1.2 s
    uids         0 inside is 1001 of the host, 1-65535 inside are 100000-165534 of the host
    gids         0 inside is 1001 of the host
    host         Linux 6.1.0 x86_64
    contractor   0.1.0, policy 2, Node.js 24.0.0

    PROGRAM         VERSION  SHA-256
    /usr/bin/bwrap  0.8.0    85580dd5

    Before the command began, the kernel showed what the policy says:
      identity      uid 1000, gid 1000, no other groups; the root of the host is not mapped
      capabilities  none
      privileges    no new ones; user namespaces inside are forbidden
      system calls  filtered
      namespaces    own cgroup ipc mnt net pid user uts
      network       none: lo alone
      terminal      none; session of its own

    MOUNT  TYPE     OPTIONS
    /      overlay  ro,nosuid,nodev,relatime
    /proc  proc     rw,nosuid,nodev,noexec,relatime
    "
  `);
});

test('logs --receipt names what differed from the policy', async () => {
  const { stdout } = await command('logs --receipt', { supervisor: supervisor('uid is 0, not 1000\n') });
  expect(stdout).toContain('the command was not run:\n  uid is 0, not 1000\n');
});

test('logs --receipt --json prints the receipt as it is', async () => {
  const { stdout } = await command('logs --receipt --json', { supervisor: supervisor() });
  expect(JSON.parse(stdout)).toEqual(receipt(''));
});

test('logs --json is refused without --receipt', async () => {
  const { status, stderr } = await command('logs --json');
  expect(status).toBe(2);
  expect(stderr).toContain('`--json` is for receipts');
});
