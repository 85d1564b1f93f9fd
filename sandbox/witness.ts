import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a keeper has read from the kernel of a process in the gate, before it let the command begin. */
export interface Witness {
  /** The program that made the sandbox with its options, and the command in it. */
  readonly argv: readonly string[];
  readonly command: readonly string[];
  /** Control by control: see docs/receipts.md. */
  readonly expected: Readonly<Record<string, string>>;
  readonly found: Readonly<Record<string, string>>;
  /** What differed: then the command was not run. */
  readonly differences: readonly string[];
  readonly mounts: readonly WitnessedMount[];
  /** By kind, as the kernel names them: `net:[4026532193]`. */
  readonly namespaces: Readonly<Record<string, { readonly own: string; readonly host: string }>>;
  /** Lines of user_namespaces(7): first id inside, first id outside, how many. `project`: of all containers of the project. */
  readonly uidMap: WitnessedMap;
  readonly gidMap: WitnessedMap;
  /** proc(5)'s `limits`: soft and hard, by name. */
  readonly limits: Readonly<Record<string, { readonly soft: string; readonly hard: string; readonly unit: string }>>;
  readonly cgroup: readonly string[];
  /** What the control group of the project's keeper, which it is in, holds it to, by the names of the kernel's files. */
  readonly groupLimits: Readonly<Record<string, string>>;
  readonly oomScoreAdjustment: string;
  /** What holds a process that is in the host's network; absent of one that is not. */
  readonly landlock?: WitnessedLandlock;
}

/** See landlock(7). That connections are held was tried, as the kernel shows it nowhere. */
export interface WitnessedLandlock {
  /** Of the kernel's Landlock; 0 where there is none. */
  readonly version: number;
  /** The only TCP ports that it can connect to; absent where this version cannot hold them. */
  readonly ports?: readonly number[];
  /** What it is kept within, beside that: `abstract-sockets`, `signals`. */
  readonly scopes: readonly string[];
}

interface WitnessedMap {
  readonly own: readonly string[];
  readonly project: readonly string[];
}

/** One mount, as the kernel shows it in `/proc/PID/mountinfo`. */
export interface WitnessedMount {
  readonly path: string;
  readonly type: string;
  readonly options: string;
}

/** The witness of an attempt; undefined when its command did not come as far as the gate. */
export function readWitness(trees: string, attempt: string): Witness | undefined {
  try {
    return parseWitness(readFileSync(join(trees, 'attempts', attempt, 'witness')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The file that `keeper/Witness.pm` writes; undefined when it is cut short, as of a keeper that was killed. */
export function parseWitness(bytes: Uint8Array): Witness | undefined {
  const sections = sectionsOf(Buffer.from(bytes));
  const text = (name: string): string => sections?.get(name) ?? '';
  if (sections === undefined) return undefined;
  const argv = text('argv').split('\0');
  const end = argv.indexOf('--');
  const host = pairs(text('namespaces-of-host'));
  return {
    argv: argv.slice(0, end),
    command: argv.slice(end + 1),
    expected: pairs(text('expected')),
    found: pairs(text('found')),
    differences: lines(text('differences')),
    mounts: lines(text('mountinfo')).flatMap(mountOf),
    namespaces: Object.fromEntries(
      Object.entries(pairs(text('namespaces'))).map(([kind, own]) => [kind, { own, host: host[kind] ?? '' }]),
    ),
    uidMap: { own: idMap(text('uid_map')), project: idMap(text('uid_map-of-keeper')) },
    gidMap: { own: idMap(text('gid_map')), project: idMap(text('gid_map-of-keeper')) },
    limits: limitsOf(text('limits')),
    cgroup: lines(text('cgroup')),
    groupLimits: pairs(text('limits-of-group')),
    oomScoreAdjustment: text('oom_score_adj').trim(),
    ...landlockOf(pairs(text('landlock'))),
  };
}

const HEADING = 'contractor-witness 1\n';

function sectionsOf(bytes: Buffer): Map<string, string> | undefined {
  if (bytes.toString('latin1', 0, HEADING.length) !== HEADING) return undefined;
  const sections = new Map<string, string>();
  for (let at = HEADING.length; at < bytes.length;) {
    const end = bytes.indexOf('\n', at);
    const [, name, length] = /^@(\S+) (\d+)$/.exec(bytes.toString('latin1', at, end)) ?? [];
    if (name === undefined || end === -1) return undefined;
    const begin = end + 1;
    at = begin + Number(length) + 1;
    if (bytes[at - 1] !== NEWLINE) return undefined;
    sections.set(name, bytes.toString('utf8', begin, at - 1));
  }
  return sections.has('end') ? sections : undefined;
}

const NEWLINE = 10;

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

function pairs(text: string): Record<string, string> {
  return Object.fromEntries(
    lines(text).map((line) => {
      const space = line.indexOf(' ');
      return [line.slice(0, space), line.slice(space + 1)];
    }),
  );
}

function landlockOf({ version, ports, scopes }: Readonly<Record<string, string>>): Pick<Witness, 'landlock'> {
  if (version === undefined) return {};
  return {
    landlock: {
      version: Number(version),
      ...(ports === undefined ? {} : { ports: ports.split(' ').map(Number) }),
      scopes: scopes?.split(' ') ?? [],
    },
  };
}

/** See proc_pid_mountinfo(5). */
function mountOf(line: string): WitnessedMount[] {
  const [, path, options, type] = /^(?:\S+ ){4}(\S+) (\S+) .*?- (\S+) /.exec(line) ?? [];
  if (path === undefined || options === undefined || type === undefined) return [];
  return [
    {
      path: path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
      type,
      options,
    },
  ];
}

function idMap(text: string): string[] {
  return lines(text).map((line) => line.trim().replaceAll(/\s+/g, ' '));
}

function limitsOf(text: string): Witness['limits'] {
  return Object.fromEntries(
    lines(text)
      .slice(1)
      .map((line) => line.trimEnd().split(/\s{2,}/))
      .map(([name = '', soft = '', hard = '', unit = '']) => [name.replace(/^Max /, ''), { soft, hard, unit }]),
  );
}
