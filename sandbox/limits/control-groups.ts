import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { idMapArgument } from '../id-map.ts';
import type { IdMap } from '../id-map.ts';
import { field, parseKeeperLine } from '../keeper-message.ts';
import { isProcess } from '../keeper-life.ts';
import { KEEPER_PROGRAM } from '../keeper-program.ts';
import { findProgram, findProgramIfAny } from '../programs.ts';

/** What a keeper can do with control groups here. Plain JSON. */
export interface ControlGroups {
  readonly kind: 'cgroup-v2' | 'cgroup-v1' | 'systemd-scope' | 'none';
  readonly controllers: readonly string[];
  /** The directories in which keepers make theirs. */
  readonly places: readonly string[];
}

export const NO_CONTROL_GROUPS: ControlGroups = { kind: 'none', controllers: [], places: [] };

/** How a keeper is told. */
export function groupsArgument({ kind, controllers }: ControlGroups): string {
  return kind === 'none' ? 'none' : `${kind}:${controllers.join(',')}`;
}

/**
 * What works here, by making a group, a limit and a member of it with each mechanism, the best first. With less than
 * `memory` and `pids` another mechanism is looked for.
 */
export async function findControlGroups(idMap: IdMap): Promise<ControlGroups> {
  let best = NO_CONTROL_GROUPS;
  for (const kind of ['cgroup-v2', 'cgroup-v1', 'systemd-scope'] as const) {
    const found = await probe(kind, idMap);
    if (found.controllers.includes('memory') && found.controllers.includes('pids')) return found;
    if (found.controllers.length > best.controllers.length) best = found;
  }
  return best;
}

async function probe(kind: Exclude<ControlGroups['kind'], 'none'>, idMap: IdMap): Promise<ControlGroups> {
  const launcher = launcherOf(kind);
  if (launcher === undefined) return NO_CONTROL_GROUPS;
  const argv = [findProgram('perl'), KEEPER_PROGRAM, 'probe-groups', idMapArgument(idMap), kind];
  const line = await firstLine([...launcher, ...argv]);
  const message = parseKeeperLine(line);
  const [, controllers] = (field(message, 'kind') ?? 'none').split(':');
  if (message.verb !== 'groups' || controllers === undefined) return NO_CONTROL_GROUPS;
  const places = message.fields.filter(([key]) => key === 'place').map(([, value]) => value);
  return { kind, controllers: controllers.split(','), places };
}

/**
 * What a keeper is started by, so that it may have such groups: a scope of its own, which the systemd of the user
 * gives it, and which ends with it. Undefined where that is not to be had.
 */
export function launcherOf(kind: ControlGroups['kind']): readonly string[] | undefined {
  if (kind !== 'systemd-scope') return [];
  const systemdRun = findProgramIfAny('systemd-run');
  const runtime = process.env['XDG_RUNTIME_DIR'] ?? `/run/user/${process.getuid?.() ?? 0}`;
  if (systemdRun === undefined || process.getuid?.() === 0 || !existsSync(join(runtime, 'bus'))) return undefined;
  return [
    '/usr/bin/env',
    `XDG_RUNTIME_DIR=${runtime}`,
    systemdRun,
    ...['--user', '--scope', '--quiet', '--collect', '--property=Delegate=yes', '--'],
  ];
}

async function firstLine([program = '', ...argv]: readonly string[]): Promise<string> {
  const child = spawn(program, argv, {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 20_000,
  });
  let text = '';
  child.stdout.setEncoding('latin1').on('data', (part: string) => (text += part));
  await new Promise((resolve) => {
    child.once('close', resolve);
    child.once('error', resolve);
  });
  return text.split('\n')[0] ?? '';
}

/** The groups that keepers which are gone have left, as a kill of both their processes does. */
export function leftControlGroups({ places }: ControlGroups): string[] {
  return places.flatMap((place) =>
    namesIn(place)
      .filter((name) => {
        const [, pid, startTime] = /^contractor-.*-([0-9]+)-([0-9]+)$/.exec(name) ?? [];
        return pid !== undefined && startTime !== undefined && !isProcess(pid, startTime);
      })
      .map((name) => join(place, name)),
  );
}

/** Removes what {@link leftControlGroups} finds, and ends what is still in it where the kernel has a way to. */
export function removeLeftControlGroups(groups: ControlGroups): void {
  for (const group of leftControlGroups(groups)) {
    try {
      const kill = join(group, 'cgroup.kill');
      if (existsSync(kill)) writeFileSync(kill, '1');
      for (const name of namesIn(group)) rmdirSync(join(group, name));
      rmdirSync(group);
    } catch {
      // Somebody else was quicker, or something in it is only just ending: then the next build does it.
    }
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
