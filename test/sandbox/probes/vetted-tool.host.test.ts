import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findIdMap, hostId } from '../../../sandbox/id-map.ts';
import { keeperGone, startKeeper } from '../../../sandbox/keeper.ts';
import type { Keeper } from '../../../sandbox/keeper.ts';
import { attemptLimits, hostSizes } from '../../../sandbox/limits/attempt-limits.ts';
import { NO_CONTROL_GROUPS } from '../../../sandbox/limits/control-groups.ts';
import { runInIdMap } from '../../../sandbox/run-in-id-map.ts';
import { whatHostLacks } from '../../supervisor/test-store.ts';
import { ALL_PROBES } from './all-probes.ts';
import { layBait } from './bait.ts';
import type { Bait } from './bait.ts';
import { answersIn, probingScript } from './probe.ts';
import type { Probe } from './probe.ts';
import { TOOL_PROBES } from './vetted-tool.ts';

const lacking = await whatHostLacks();
let top: string;
let keeper: Keeper | undefined;
let bait: Bait;

beforeAll(async () => {
  if (lacking !== '') return;
  bait = await layBait();
  top = mkdtempSync(join(tmpdir(), 'contractor-vetted-'));
  chmodSync(top, 0o711); // the keeper goes to the trees as an id of the map, through what leads to them
  const idMap = findIdMap();
  for (const path of ['trees', 'trees/layers', 'trees/attempts']) {
    mkdirSync(join(top, path));
    if (idMap.how === 'direct') chownSync(join(top, path), hostId(idMap.uid, 0), hostId(idMap.gid, 0));
  }
  mkdirSync(join(top, 'shown'));
  writeFileSync(join(top, 'shown/file'), 'shown\n');
  keeper = await startKeeper({
    directory: join(top, 'keeper'),
    trees: join(top, 'trees'),
    idMap,
    hostBinds: [join(top, 'shown')],
    groups: NO_CONTROL_GROUPS,
  });
});
afterAll(async () => {
  if (lacking !== '') return;
  await keeper?.quit();
  await keeperGone(join(top, 'keeper'));
  const trees = join(top, 'trees');
  await runInIdMap({ trees, idMap: findIdMap(), command: ['/bin/rm', '-rf', 'layers', 'attempts'] });
  rmSync(top, { recursive: true, force: true });
  await bait.remove();
});

let count = 0;

async function answers(
  probes: readonly Probe[],
  { identity, network }: { readonly identity: 'root' | 'builder'; readonly network: boolean },
): Promise<Map<string, string>> {
  const attempt = `vetted${++count}`;
  await keeper?.run({
    attempt,
    lower: [],
    layer: attempt,
    policy: {
      type: 'vetted-tool',
      identity,
      network,
      environment: {},
      reads: [{ from: '/sys/host0', to: '/mnt/shown' }],
    },
    files: [{ path: '/tmp/probes', content: probingScript(probes, { ...bait.values, STORE: top }), mode: '0644' }],
    command: ['/bin/sh', '/tmp/probes'],
    limits: attemptLimits({}, NO_CONTROL_GROUPS, hostSizes(top)),
  });
  return answersIn(readFileSync(join(top, 'trees/attempts', attempt, 'log'), 'utf8'));
}

/** Of the probes of a container, those whose answer is the same for a vetted tool. */
const SHARED = new Set([
  'a file of the host',
  'the same by /proc/self/root',
  'the same by the root of other processes',
  'the same by a link in the workspace',
  'the same by a file handle',
  'homes',
  '/sys',
  'a socket in the file system of the host',
  'the usual sockets of services',
  'memory of the kernel',
  'the processes of the host',
  'a signal to a process of the host',
  'a descriptor of a process of the host',
  'shared memory of the host',
  'new privileges by a program',
  'an id that is not in the map',
  'a user namespace',
  'calls that are for the root of the host',
  'the terminal of the user',
  'descriptors',
  'the environment of all it sees',
  'the environment of pid 1',
]);

describe.skipIf(lacking !== '').for([
  { kind: 'a vetted tool', identity: 'builder', network: false },
  { kind: 'a vetted tool that makes system trees', identity: 'root', network: true },
] as const)('[A-63] $kind shows a probe for', ({ identity, network }) => {
  const asked = [
    ...TOOL_PROBES,
    ...ALL_PROBES.filter(({ name, group }) => SHARED.has(name) || (!network && group === 'network')),
  ];
  const probes = asked.flatMap(({ asRoot, ...probe }) =>
    identity === 'root' && asRoot === null
      ? []
      : [{ ...probe, expected: identity === 'root' ? (asRoot ?? probe.expected) : probe.expected }],
  );
  let given: Map<string, string>;
  beforeAll(async () => {
    given = await answers(probes, { identity, network });
  });

  test.for(probes)('$group: $name', ({ name, expected }) => {
    expect(given.get(name)).toMatch(expected);
  });
});

describe.skipIf(lacking !== '')('[A-63] a vetted tool that is in the network', () => {
  // An older kernel cannot hold it, which `contractor doctor` says.
  const held = [
    { name: 'a service on the loopback of the host', from: 4 },
    { name: 'an address of the host', from: 4 },
    { name: 'an abstract socket of the host', from: 6 },
  ];
  test.for(['root', 'builder'] as const)('reaches what Landlock allows, as %s', async (identity) => {
    const version = Number(execFileSync('perl', ['-e', 'print syscall(444, 0, 0, 1)'], { encoding: 'utf8' }));
    const probes = ALL_PROBES.filter(({ name }) => held.some((each) => each.name === name));
    const given = await answers(probes, { identity, network: true });
    expect(Object.fromEntries(given)).toEqual(
      Object.fromEntries(
        held.map(({ name, from }) => [
          name,
          expect.stringMatching(
            version >= from ? /^connect: (Permission denied|Operation not permitted)\n$/ : /^connect: .*\n$/,
          ),
        ]),
      ),
    );
  });
});
