/**
 * What workers build while they are struck: artifacts passed on, a step that goes on after an artifact was
 * published, and, if wanted, a project that fails and one that is skipped for it.
 *
 *     source ──► left ──► both        random ──► proof        broken ──► beyond
 *          └───► right ──►
 *
 * What `random` makes is never the same again: were it made twice and both counted, `proof` would show it, or its versions.
 */
import { onTiny, project, publish, shell, unpack } from '../../supervisor/test-store.ts';

/** The variable in whose value the processes of steps carry a mark. */
const MARK = 'CRASH_MARK';

/** One run's worth of it. */
export interface FleetSpec {
  /** In the files of artifacts: runs of two flavours in turn make a new version each. */
  readonly flavour: string;
  readonly isBroken: boolean;
  /** In the environment of whatever a step starts. */
  readonly mark: string;
}

/** Of artifacts whose files chance decides, each with one that holds the same files. */
export const BY_CHANCE: Readonly<Record<string, string>> = { random: 'proof' };

export function fleetProjects({ flavour, isBroken, mark }: FleetSpec): object[] {
  const marked = (script: string): object => shell(script, { environment: { [MARK]: mark } });
  return [
    project('source', [onTiny, marked(written('source', flavour, 0.3)), publish('source')]),
    project('random', [
      onTiny,
      marked('cat /proc/sys/kernel/random/uuid > made; chmod 644 made; echo made'),
      publish('random'),
      marked('echo begun; sleep 1; echo ended'),
    ]),
    project('left', [
      unpack('source'),
      onTiny,
      ...[0.2, 1.5, 0.1].map((seconds, n) => marked(written(`left-${n}`, flavour, seconds))),
      publish('left'),
    ]),
    project('right', [
      unpack('source'),
      onTiny,
      marked(written('right', flavour, 2.5)),
      publish('early'),
      marked(written('more', flavour, 0.5)),
      publish('right'),
    ]),
    project('proof', [unpack('random'), publish('proof')]),
    project('both', [
      unpack('left'),
      unpack('right', { directory: 'right' }),
      onTiny,
      marked(written('both', flavour, 0.5)),
      publish('both'),
    ]),
    ...(isBroken
      ? [
          project('broken', [onTiny, marked('echo failing; sleep 0.5; exit 3'), publish('broken')]),
          project('beyond', [unpack('broken'), publish('beyond')]),
        ]
      : []),
  ];
}

/** Leaves a file, and writes as it goes. Whatever is done twice, or half, shows in the file. */
function written(name: string, flavour: string, seconds: number): string {
  const lines = `for i in 1 2 3 4 5; do echo "$i of ${name}"; echo "$i" >> ${name}; sleep ${(seconds / 5).toFixed(2)}; done`;
  return `[ ! -e ${name} ] || exit 9; ${lines}; echo ${flavour} >> ${name}; chmod 644 ${name}`;
}
