/**
 * What is built while it is killed, beside a short one: four projects of some hundred quick steps,
 * two of them side by side, artifacts passed on in every way there is.
 *
 *     base ──► left  ──► both
 *         └──► right ──►
 *
 * Whatever a step does shows when it is done twice, half, or not at all: it counts
 * on, appends to a log, moves a file that must be there. What it prints shows
 * in its log.
 */
import { onTiny, onWritableTiny, project, publish, shell, unpack } from '../supervisor/test-store.ts';

/** The directory, below the specification's, that it copies. Holds `token.0`. */
export const SOURCE = 'source';

/** The variable in whose value the processes of steps carry `mark`. */
const MARK = 'CRASH_MARK';

/** What steps are called that take a while. */
const LINGERING = 'lingering';

/** The projects of the specification. `mark` is in the environment of whatever a step starts, so that it is found. */
export function crashProjects(mark: string): object[] {
  const marked = (script: string, keys: object = {}): object =>
    shell(script, { ...keys, environment: { [MARK]: mark } });
  const works = (from: number, count: number): object[] =>
    Array.from({ length: count }, (_, index) => marked(work(from + index), nameOf(from + index)));
  return [
    project('base', [
      { action: 'copy-source', path: SOURCE },
      onTiny,
      ...works(0, 14),
      { action: 'copy-source', path: SOURCE, directory: 'again', exclude: ['token*'] },
      publish('base'),
    ]),
    project('left', [
      unpack('base'),
      onTiny,
      ...works(14, 16),
      marked(FAILS, RETRIED),
      ...works(30, 14),
      publish('left'),
    ]),
    project('right', [unpack('base', { directory: 'base' }), ...inBase(marked), publish('right')]),
    project('both', [
      unpack('left'),
      unpack('right', { directory: 'right' }),
      onWritableTiny,
      ...Array.from({ length: 16 }, (_, index) => marked(workAsRoot(index))),
      publish('part', { directory: 'right' }),
      publish('both'),
    ]),
  ];
}

/** A run that is over soon, for what happens once in a run. */
export function shortProjects(mark: string): object[] {
  const marked = (script: string, keys: object = {}): object =>
    shell(script, { ...keys, environment: { [MARK]: mark } });
  return [
    project('first', [
      { action: 'copy-source', path: SOURCE },
      onTiny,
      marked(work(0)),
      marked(work(1)),
      marked(work(5), nameOf(5)),
      publish('small'),
    ]),
    project('second', [
      unpack('small', { directory: 'in' }),
      onWritableTiny,
      marked(workAsRoot(0)),
      publish('smaller'),
    ]),
  ];
}

const RETRIED = { retries: 2, 'continue-on-failure': true };

/** Fails always, and has changed the workspace before; nothing of that may stay. */
const FAILS = `echo failing; echo failed >> log; rm counter; exit 3`;

function inBase(marked: (script: string, keys?: object) => object): object[] {
  const steps = Array.from({ length: 30 }, (_, index) =>
    marked(work(14 + index), { ...nameOf(14 + index), directory: 'base' }),
  );
  return [onTiny, ...steps];
}

/** In seconds. From one on it can be adopted even on a busy host, where a resume takes that long. */
const lingersFor = (n: number): number => [0.2, 1, 2, 3][n % 4]!;

const nameOf = (n: number): object => (n % 7 === 5 && lingersFor(n) >= 1 ? { name: LINGERING } : {});

/** The n-th piece of work. What it needs the pieces before it have left. */
function work(n: number): string {
  const pieces = [
    `echo ${n} >> log; cat log`,
    `n=0; [ ! -e counter ] || n=$(cat counter); echo $((n + 1)) > counter; sleep 0.01; cat counter`,
    `mv token.${tokenAt(n)} token.${tokenAt(n) + 1}; ls`,
    `echo begin; mkdir part-${n}; echo x > part-${n}/half; sleep 0.0${n % 10}; rm part-${n}/half; echo y > part-${n}/whole; echo end`,
    `[ ! -e part-${n - 8} ] || rm -r part-${n - 8}; ln -s log link-${n}; echo ${n} > mode; chmod 64${n % 8} mode; rm mode; touch made-${n}; chmod 64${n % 8} made-${n}`,
    `(setsid sleep 60 &) ; echo begun; echo "in ${n}" >> log; sleep ${lingersFor(n)}; echo over >> log; echo ended`,
    `for i in 1 2 3 4 5 6 7 8 9; do echo $i; echo "$i of ${n}" >> log; touch file-$i-${n}; done; rm file-[2-8]-${n}`,
  ];
  return pieces[n % pieces.length]!;
}

const tokenAt = (n: number): number => Math.floor(n / 7);

/** The same in a writable system tree, where steps are root. */
function workAsRoot(n: number): string {
  const count = `n=0; [ ! -e /etc/count ] || n=$(cat /etc/count); echo $((n + 1)) > /etc/count`;
  const pieces = [
    `${count}; cat /etc/count; cat /etc/count >> counts`,
    `${count}; sleep 0.02; mv /etc/count /etc/moved; mv /etc/moved /etc/count; cat /etc/count >> counts; ls /etc`,
    `mkdir /etc/dir-${n}; (setsid sleep 60 &) ; sleep 0.1; [ ! -e /etc/dir-${n - 3} ] || rm -r /etc/dir-${n - 3}; ls /etc >> counts; chown 7:9 counts`,
  ];
  return pieces[n % pieces.length]!;
}

/** The steps, as `project/step`, that take so long that they can be adopted. */
export const LINGERING_STEPS: ReadonlySet<string> = new Set(
  ([...crashProjects(''), ...shortProjects('')] as readonly BuiltProject[]).flatMap(
    ({ project, 'build-steps': steps }) =>
      steps.flatMap(({ name, action }, index) => (name === LINGERING ? [`${project}/${index + 1}-${action}`] : [])),
  ),
);

interface BuiltProject {
  readonly project: string;
  readonly 'build-steps': readonly { readonly name?: string; readonly action: string }[];
}
