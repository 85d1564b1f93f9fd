import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { ContractorError } from '../errors.ts';

/**
 * Which ids of the host stand for the ids 0 to 65535 inside a container.
 *
 * A system tree has files of root, `_apt`, `mail` and others, so one id is not
 * enough. Host id 0 is never in a map: not even an escape from the container
 * would then be the host's root.
 */
export interface IdMap {
  /** `direct`: the host's root writes the map itself. `newuidmap`: the setuid helpers of `uidmap` do, as far as /etc/subuid allows. */
  readonly how: 'direct' | 'newuidmap';
  readonly uid: readonly IdRange[];
  readonly gid: readonly IdRange[];
}

/** `count` ids from `inside` on are the host's ids from `outside` on. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** How many ids a container has: what Debian's policy lets packages count on. */
export const IDS = 65536;

/**
 * The first host id of containers started by root, when /etc/subuid grants root none.
 *
 * 0x70000000 is the first id above what systemd-nspawn hands out; nothing is
 * known to use it (https://systemd.io/UIDS-GIDS).
 */
export const ROOT_BASE = 0x7000_0000;

/** The map for the user who runs this process. Throws `HOST_UNSUITABLE` when the host grants none. */
export function findIdMap(host: HostIds = readHostIds()): IdMap {
  if (host.uid === 0) {
    const uid = widest(host.subuid, ['root', '0'])?.first ?? ROOT_BASE;
    const gid = widest(host.subgid, ['root', '0'])?.first ?? ROOT_BASE;
    return {
      how: 'direct',
      uid: [{ inside: 0, outside: uid, count: IDS }],
      gid: [{ inside: 0, outside: gid, count: IDS }],
    };
  }
  const names = [host.userName, String(host.uid)];
  const subuid = widest(host.subuid, names);
  const subgid = widest(host.subgid, names);
  if (subuid === undefined || subgid === undefined) {
    const free = firstFree([...grants(host.subuid), ...grants(host.subgid)]);
    const range = `${free}-${free + IDS - 1}`;
    throw new ContractorError(
      'HOST_UNSUITABLE',
      `The user \`${host.userName}\` has no range of ${IDS} subordinate ids in ${subuid === undefined ? '/etc/subuid' : '/etc/subgid'}.`,
      `Grant one: \`sudo usermod --add-subuids ${range} --add-subgids ${range} ${host.userName}\`.`,
    );
  }
  return {
    how: 'newuidmap',
    uid: [
      { inside: 0, outside: host.uid, count: 1 },
      { inside: 1, outside: subuid.first, count: IDS - 1 },
    ],
    gid: [
      { inside: 0, outside: host.gid, count: 1 },
      { inside: 1, outside: subgid.first, count: IDS - 1 },
    ],
  };
}

/** What of the host decides the map. */
export interface HostIds {
  readonly uid: number;
  readonly gid: number;
  readonly userName: string;
  /** The text of /etc/subuid and of /etc/subgid; empty when there is none. Lines `name:first:count`, see subuid(5). */
  readonly subuid: string;
  readonly subgid: string;
}

function readHostIds(): HostIds {
  const { uid, gid, username } = userInfo();
  return { uid, gid, userName: username, subuid: textOf('/etc/subuid'), subgid: textOf('/etc/subgid') };
}

/** The id of the host that is `inside` in a container. */
export function hostId(ranges: readonly IdRange[], inside: number): number {
  const range = ranges.find((each) => inside >= each.inside && inside < each.inside + each.count);
  if (range === undefined) throw new RangeError(`id ${inside} is not in the map`);
  return range.outside + inside - range.inside;
}

/** The map as `keeper.pl` reads it. */
export function idMapArgument(map: IdMap): string {
  const triples = (ranges: readonly IdRange[]): string =>
    ranges.map(({ inside, outside, count }) => `${inside},${outside},${count}`).join('+');
  return `${map.how}/${triples(map.uid)}/${triples(map.gid)}`;
}

interface Grant {
  readonly owner: string;
  readonly first: number;
  readonly count: number;
}

function grants(text: string): Grant[] {
  return text.split('\n').flatMap((line) => {
    const [owner, first, count] = line.split(':');
    if (owner === undefined || !/^\d+$/.test(first ?? '') || !/^\d+$/.test(count ?? '')) return [];
    return [{ owner, first: Number(first), count: Number(count) }];
  });
}

function widest(text: string, owners: readonly string[]): Grant | undefined {
  return grants(text)
    .filter((grant) => owners.includes(grant.owner) && grant.count >= IDS)
    .toSorted((a, b) => b.count - a.count)[0];
}

function firstFree(taken: readonly Grant[]): number {
  return Math.max(100_000, ...taken.map((grant) => grant.first + grant.count));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
