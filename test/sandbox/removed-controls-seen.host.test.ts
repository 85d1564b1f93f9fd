import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitOf } from '../../sandbox/exit.ts';
import type { Exit } from '../../sandbox/exit.ts';
import { findIdMap, hostId } from '../../sandbox/id-map.ts';
import { connectKeeper, startKeeper } from '../../sandbox/keeper.ts';
import { runMessage } from '../../sandbox/keeper-job.ts';
import { field, keeperLine, parseKeeperLine } from '../../sandbox/keeper-message.ts';
import type { KeeperOrder } from '../../sandbox/keeper-message.ts';
import { attemptLimits, hostSizes } from '../../sandbox/limits/attempt-limits.ts';
import { NO_CONTROL_GROUPS } from '../../sandbox/limits/control-groups.ts';
import { runInIdMap } from '../../sandbox/run-in-id-map.ts';
import { makeTinySystem, whatHostLacks } from '../supervisor/test-store.ts';

// What is let through here would run in a weakened container: not as the host's root.
const skipped = process.getuid?.() === 0 || (await whatHostLacks()) !== '';

type Who = 'builder' | 'root' | 'tool' | 'root-tool';
type Fields = KeeperOrder['fields'];

describe.skipIf(skipped)('[A-82] as an ordinary user, a sandbox in which something is not as the policy says', () => {
  const idMap = skipped ? undefined : findIdMap();
  let top: string;
  let number = 0;

  beforeAll(async () => {
    if (idMap === undefined) return;
    top = mkdtempSync(join(tmpdir(), 'contractor-gate-'));
    chmodSync(top, 0o711);
    for (const path of ['trees', 'trees/layers', 'trees/attempts']) mkdirSync(join(top, path));
    makeTinySystem(join(top, 'trees/layers/tiny'));
    if (idMap.how === 'direct') chownSync(join(top, 'trees/layers'), hostId(idMap.uid, 0), hostId(idMap.gid, 0));
    await startKeeper({
      directory: join(top, 'keeper'),
      trees: join(top, 'trees'),
      idMap,
      hostBinds: [],
      groups: NO_CONTROL_GROUPS,
    });
  });
  afterAll(async () => {
    if (idMap === undefined) return;
    // A keeper listens to whoever came last, which was one of the tests.
    const keeper = await connectKeeper(join(top, 'keeper'));
    await keeper?.quit();
    await runInIdMap({ trees: join(top, 'trees'), idMap, command: ['/bin/rm', '-rf', 'layers', 'attempts'] });
    rmSync(top, { recursive: true, force: true });
  });

  /** Runs a job whose order is changed on its way to the keeper. */
  async function run(who: Who, change: (fields: Fields) => Fields): Promise<{ exit: Exit; attempt: string }> {
    const attempt = `attempt${++number}`;
    const order = runMessage({
      attempt,
      lower: [],
      layer: `layer${number}`,
      ...(who === 'tool' || who === 'root-tool'
        ? {
            policy: {
              type: 'vetted-tool',
              identity: who === 'tool' ? 'builder' : 'root',
              network: false,
              environment: {},
              reads: [],
            },
          }
        : {
            root: { tree: 'tiny', lower: [], ...(who === 'root' ? { writable: { layer: `root${number}` } } : {}) },
            policy: { type: 'container', identity: who, directory: '/workspace', environment: {} },
          }),
      files: [{ path: '/run/step', content: 'echo ran', mode: '0755' }],
      command: ['/bin/sh', '/run/step'],
      limits: attemptLimits({}, NO_CONTROL_GROUPS, hostSizes(top)),
    });
    const socket = connect(join(top, 'keeper/socket'));
    try {
      return await new Promise((resolve) => {
        let text = '';
        socket.setEncoding('latin1').on('data', (chunk: string) => {
          text += chunk;
          const ended = text
            .split('\n')
            .map(parseKeeperLine)
            .find(({ verb }) => verb === 'exited');
          if (ended !== undefined && field(ended, 'attempt') === attempt) resolve({ exit: exitOf(ended), attempt });
        });
        socket.write(keeperLine({ ...order, fields: change(order.fields) }), 'latin1');
      });
    } finally {
      socket.destroy();
    }
  }

  const fileOf = (attempt: string, name: string): string => join(top, 'trees/attempts', attempt, name);

  test.each(['builder', 'root', 'tool', 'root-tool'] as const)(
    'is none with all of them: the command runs, as %s',
    async (who) => {
      const { exit, attempt } = await run(who, (fields) => fields);
      expect(exit).toEqual({ type: 'exited', code: 0 });
      expect(readFileSync(fileOf(attempt, 'log'), 'utf8')).toBe('ran\n');
    },
  );

  test.each<readonly [string, Who, (fields: Fields) => Fields, string]>([
    ['the IPC namespace', 'builder', dropped('--unshare-ipc'), "namespace-ipc is the host's, not own"],
    [
      'the UTS namespace',
      'builder',
      (fields) => dropped('--unshare-uts')(dropped('--hostname', 'contractor')(fields)),
      "namespace-uts is the host's, not own",
    ],
    ['the cgroup namespace', 'builder', dropped('--unshare-cgroup-try'), "namespace-cgroup is the host's, not own"],
    ['the pid namespace', 'builder', dropped('--unshare-pid'), 'there are 0 processes in the container'],
    ['the session', 'builder', dropped('--new-session'), 'session is shared, not own'],
    ['the filter of system calls', 'builder', dropped('--seccomp', '102'), 'system-call-filter is 0, not 2'],
    ['the ban on user namespaces', 'tool', dropped('--disable-userns'), 'user-namespaces-inside is allowed'],
    ['the same of root', 'root-tool', changedField('nesting', '1'), 'user-namespaces-inside is allowed'],
    ['the read-only /dev', 'builder', withoutField('view', 'read-only:/dev'), 'the mount on /dev is rw,'],
    [
      'the read-only /proc/sys',
      'root',
      dropped('--ro-bind', '/proc/sys', '/proc/sys'),
      'there is no mount on /proc/sys',
    ],
    [
      'the network namespace',
      'builder',
      (fields) => [...fields, ['network', '1']],
      "namespace-net is the host's, not own",
    ],
    ['dropped capabilities', 'root', withAllCapabilities, 'capabilities-ambient is 0'],
    [
      'a mount of the host more',
      'builder',
      withOptions('--ro-bind', '/usr', '/home/usr'),
      'there is a mount on /home/usr',
    ],
    ['memory of a size', 'builder', withoutField('view', 'memory/tmp:/tmp'), 'there is no mount on /tmp'],
    ['another /tmp', 'builder', withOptions('--bind', '/sys/trees', '/tmp'), 'the mount on /tmp is of type'],
    [
      'all that bwrap is told',
      'builder',
      (fields) => fields.filter(([key]) => key !== 'option'),
      'bwrap could not make the container',
    ],
    [
      'the expectation',
      'builder',
      (fields) => fields.filter(([key]) => key !== 'expect'),
      'nothing is expected of uid',
    ],
  ])('is refused before the command runs, without %s', async (_, who, change, why) => {
    const { exit, attempt } = await run(who, change);
    expect(exit).toEqual({ type: 'broken', error: expect.stringContaining(why) as string });
    expect(readFileSync(fileOf(attempt, 'log'), 'utf8')).not.toContain('ran');
    // A supervisor that comes later learns the same.
    const record = exitOf(parseKeeperLine(readFileSync(fileOf(attempt, 'exit'), 'utf8').trimEnd()));
    expect(record.type).toBe('broken');
    expect(existsSync(join(top, 'trees/layers', `layer${number}`))).toBe(false);
  });
});

function dropped(...words: readonly string[]): (fields: Fields) => Fields {
  return (fields) => {
    const at = fields.findIndex((_, index) =>
      words.every((word, offset) => fields[index + offset]?.[0] === 'option' && fields[index + offset]?.[1] === word),
    );
    if (at === -1) throw new Error(`no options ${words.join(' ')}`);
    return fields.toSpliced(at, words.length);
  };
}

function withOptions(...words: readonly string[]): (fields: Fields) => Fields {
  return (fields) => [...fields, ...words.map((word): [string, string] => ['option', word])];
}

function withoutField(name: string, value: string): (fields: Fields) => Fields {
  return (fields) => fields.filter(([key, each]) => key !== name || each !== value);
}

function changedField(name: string, value: string): (fields: Fields) => Fields {
  return (fields) => fields.map(([key, before]) => [key, key === name ? value : before]);
}

function withAllCapabilities(fields: Fields): Fields {
  return withOptions('--cap-add', 'ALL')(fields.filter(([key]) => key !== 'capability'));
}
