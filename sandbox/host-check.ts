import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContractorError, diskRefusalOf } from '../errors.ts';
import type { HostFinding } from './host/host-finding.ts';
import { kernelSetting } from './host/kernel-setting.ts';
import { findIdMap, hostId } from './id-map.ts';
import type { IdMap } from './id-map.ts';
import { hostToolOutput } from './host-tool.ts';
import { findProgramIfAny } from './programs.ts';
import { unlessKilledAgain } from './killed-from-outside.ts';
import { OVERLAY_PLACE, runInIdMap } from './run-in-id-map.ts';
import { architectureOf } from './seccomp/architecture.ts';
import { policyFilter } from './seccomp/policy-filter.ts';

export type { HostFinding } from './host/host-finding.ts';

/**
 * Probes this host for real: the last word is a container that is made, with its
 * id map, overlay and filter of system calls, on the file system of `directory`, which must exist.
 */
export async function checkHost(directory: string): Promise<HostFinding[]> {
  const programs = await Promise.all([
    bubblewrap(),
    program('perl', 'perl-base', 'Nothing can be built: the keeper of each project is a Perl program.'),
    debootstrap(),
    program('git', 'git', 'Steps with the action `git` are refused.', 'optional'),
    program('tar', 'tar', 'Steps with the action `copy-source` are refused.', 'optional'),
  ]);
  const ids = subordinateIds();
  const needed = [...programs, ids, systemCalls()];
  const able = needed.every(({ state }) => state !== 'missing');
  return [...needed, ...(able ? [await containerProbe(directory, findIdMap())] : [])];
}

/** Refuses with `HOST_UNSUITABLE` when one of `needs` is not met. */
export function assertHost(findings: readonly HostFinding[], needs: ReadonlySet<string>): void {
  const unmet = findings.filter(({ name, state }) => state === 'missing' || (state === 'optional' && needs.has(name)));
  if (unmet.length === 0) return;
  throw new ContractorError(
    'HOST_UNSUITABLE',
    `This host cannot build it. ${unmet.map(({ found, consequence }) => `${found}. ${consequence ?? ''}`).join(' ')}`.trimEnd(),
    unmet.map(({ mend }) => mend ?? 'Run `contractor doctor`.').join(' '),
  );
}

/** The strictest one. */
const PROBED_POLICY = { type: 'container', identity: 'builder', directory: '/', environment: {} } as const;

const OLDEST_BUBBLEWRAP = [0, 8] as const;

async function bubblewrap(): Promise<HostFinding> {
  const finding = await program('bwrap', 'bubblewrap', 'Nothing can be built: every command runs in Bubblewrap.');
  return finding.state === 'ok' ? bubblewrapFinding(finding.found) : { ...finding, name: 'bubblewrap' };
}

/** What follows from the version in `found`; one that is not told, as by a host that is too busy to answer, is none. */
export function bubblewrapFinding(found: string): HostFinding {
  const version = /^bwrap (\d+)\.(\d+)/.exec(found);
  if (version === null) {
    return {
      name: 'bubblewrap',
      state: 'missing',
      found: `${found} does not tell its version`,
      consequence: 'Whether it can forbid nested user namespaces is not known.',
      mend: 'Look at what `bwrap --version` says, and whether it takes long; then try again.',
    };
  }
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major > OLDEST_BUBBLEWRAP[0] || minor >= OLDEST_BUBBLEWRAP[1]) return { name: 'bubblewrap', state: 'ok', found };
  return {
    name: 'bubblewrap',
    state: 'missing',
    found: `${found} is older than ${OLDEST_BUBBLEWRAP.join('.')}`,
    consequence: 'It cannot forbid nested user namespaces.',
    mend: 'Install a newer one: `sudo apt-get install -t stable-backports bubblewrap`, or upgrade the host.',
  };
}

async function debootstrap(): Promise<HostFinding> {
  const consequence = 'Steps with the action `debootstrap` are refused.';
  const best = await program('mmdebstrap', 'mmdebstrap', consequence, 'optional');
  if (best.state === 'ok') return { ...best, name: 'debootstrap' };
  const second = await program('debootstrap', 'mmdebstrap', consequence, 'optional');
  return {
    ...second,
    name: 'debootstrap',
    ...(second.state === 'ok' ? { found: `${second.found} (mmdebstrap would be faster)` } : {}),
  };
}

async function program(
  name: string,
  debianPackage: string,
  consequence: string,
  otherwise: 'missing' | 'optional' = 'missing',
): Promise<HostFinding> {
  const path = findProgramIfAny(name);
  if (path === undefined) {
    const mend = `Install it: \`sudo apt-get install ${debianPackage}\`.`;
    return { name, state: otherwise, found: `There is no \`${name}\` on this host`, consequence, mend };
  }
  const [line = ''] = (await hostToolOutput(name, ['--version'])).trim().split('\n');
  const version = /\d+(\.\d+)+/.exec(line)?.[0];
  return { name, state: 'ok', found: `${name}${version === undefined ? '' : ` ${version}`} at ${path}` };
}

function subordinateIds(): HostFinding {
  try {
    const map = findIdMap();
    if (map.how === 'newuidmap' && findProgramIfAny('newuidmap') === undefined) {
      return {
        name: 'subordinate-ids',
        state: 'missing',
        found: 'There is no `newuidmap` on this host',
        consequence: 'Nothing can be built as an ordinary user: a container could have only one user.',
        mend: 'Install it: `sudo apt-get install uidmap`.',
      };
    }
    const range = map.uid.at(-1);
    return {
      name: 'subordinate-ids',
      state: 'ok',
      found: `ids ${range?.outside} and on stand for those of containers`,
    };
  } catch (error) {
    return refusalFinding('subordinate-ids', error);
  }
}

function systemCalls(): HostFinding {
  try {
    const { name } = architectureOf(process.arch);
    return { name: 'system-calls', state: 'ok', found: `those of containers are filtered, by the numbers of ${name}` };
  } catch (error) {
    return refusalFinding('system-calls', error);
  }
}

function refusalFinding(name: string, error: unknown): HostFinding {
  if (!(error instanceof ContractorError)) throw error;
  return { name, state: 'missing', found: error.message.replace(/\.$/, ''), mend: error.mend };
}

async function containerProbe(directory: string, idMap: IdMap): Promise<HostFinding> {
  const trees = probeDirectory(directory);
  try {
    for (const path of ['', 'layers', 'layers/upper', 'layers/lower']) {
      mkdirSync(join(trees, path), { recursive: true });
      if (idMap.how === 'direct') chownSync(join(trees, path), hostId(idMap.uid, 0), hostId(idMap.gid, 0));
    }
    const filter = join(trees, 'filter');
    writeFileSync(filter, policyFilter(PROBED_POLICY, architectureOf(process.arch)));
    chmodSync(filter, 0o644); // whatever the umask is: root of the map reads it
    const { exitCode, stderr } = await unlessKilledAgain(() =>
      runInIdMap({
        trees,
        idMap,
        overlays: [{ target: OVERLAY_PLACE, lower: ['upper', 'lower'] }],
        command: [
          '/bin/sh',
          ...['-euc', 'exec "$@" 3<filter', 'sh'],
          ...[findProgramIfAny('bwrap') ?? 'bwrap', '--seccomp', '3'],
          ...['--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--cap-drop', 'ALL'],
          ...['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--bind', OVERLAY_PLACE, '/tmp'],
          ...['--', '/bin/true'],
        ],
      }),
    );
    if (exitCode === 0) {
      const found = 'a container with an id map, an overlay and a filter of system calls was made';
      return { name: 'container', state: 'ok', found };
    }
    return containerRefused(stderr.trim());
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EINVAL' && 'syscall' in error) {
      return foreignIds(error.message);
    }
    throw diskRefusalOf(error) ?? error;
  } finally {
    rmSync(trees, { recursive: true, force: true });
  }
}

/** The kernel knows none of the ids that stand for those of containers: chown(2) and EINVAL. */
function foreignIds(words: string): HostFinding {
  return {
    name: 'container',
    state: 'missing',
    found: `A container could not be made (${words})`,
    consequence: 'The user namespace that contractor runs in does not have the subordinate ids.',
    mend: 'Run contractor outside of it, or map the ids of /etc/subuid and /etc/subgid into it.',
  };
}

function probeDirectory(directory: string): string {
  try {
    return mkdtempSync(join(directory, '.probe-'));
  } catch (error) {
    throw diskRefusalOf(error) ?? error;
  }
}

/** What the kernel's refusal means. */
function containerRefused(stderr: string): HostFinding {
  const reason =
    kernelSetting('kernel/apparmor_restrict_unprivileged_userns') === '1' && process.getuid?.() !== 0
      ? {
          consequence: 'AppArmor restricts user namespaces here, as on Ubuntu from 23.10 on.',
          mend: 'Allow them: `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` (to keep it, put the setting into a file in /etc/sysctl.d), or run contractor as root.',
        }
      : kernelSetting('kernel/unprivileged_userns_clone') === '0' && process.getuid?.() !== 0
        ? {
            consequence: 'The kernel allows user namespaces to root only.',
            mend: 'Allow them: `sudo sysctl -w kernel.unprivileged_userns_clone=1`.',
          }
        : kernelSetting('user/max_user_namespaces') === '0'
          ? {
              consequence: 'The kernel allows no user namespaces.',
              mend: 'Allow them: `sudo sysctl -w user.max_user_namespaces=15000`.',
            }
          : /SECCOMP|seccomp/.test(stderr)
            ? {
                consequence: 'The kernel takes no filter of system calls, and no untrusted command runs without.',
                mend: 'Run a kernel with CONFIG_SECCOMP_FILTER, as those of Debian and Ubuntu are; inside another container, start that one so that it may set filters.',
              }
            : /mount overlay/.test(stderr)
              ? {
                  consequence: 'The file system of the store cannot carry overlays.',
                  mend: 'Put the store on ext4, xfs or btrfs with `--store DIR`; inside a container that means a volume.',
                }
              : {
                  consequence: 'Nothing can be built.',
                  mend: 'Allow user namespaces to this process; inside another container that means to start that one with `--privileged` or `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`.',
                };
  return { name: 'container', state: 'missing', found: `A container could not be made (${stderr})`, ...reason };
}
