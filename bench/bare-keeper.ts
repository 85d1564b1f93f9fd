import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KEEPER_PROGRAM } from '../sandbox/keeper-program.ts';
import type { KeeperOrder } from '../sandbox/keeper-message.ts';

/**
 * A control that a container can be measured without. What is left when all of them are gone is what makes it a
 * container: its namespaces, its own root, the layers of its workspace.
 */
export interface Control {
  readonly name: string;
  /** What it takes out of a copy of the keeper: FILE, then what stands there and what stands there without it. */
  readonly keeper?: readonly (readonly [file: string, words: string, without: string])[];
  /** What it takes out of the order to the keeper. */
  readonly order?: (fields: KeeperOrder['fields']) => KeeperOrder['fields'];
}

export const CONTROLS: readonly Control[] = [
  {
    name: 'the gate and the witness',
    keeper: [
      ['Attempt.pm', "'/proc/self/fd/' . GATE_PROGRAM_FD, many($run, 'word')", "many($run, 'word')"],
      ['Attempt.pm', 'my $gate = gate_file($run);', ''],
      ['Attempt.pm', 'duplicate($gate, GATE_PROGRAM_FD);', ''],
      ['Attempt.pm', 'duplicate($gate_inside, GATE_SOCKET_FD);', ''],
      ['Attempt.pm', "why => 'ended', records => ''", "why => 'ended', begun => 1, records => ''"],
    ],
    order: without('gate', 'expect', 'mount'),
  },
  { name: 'the filter of system calls', order: withoutFilter },
  {
    name: 'limits, their control groups, and watching',
    keeper: [
      ['Attempt.pm', 'limit_process($run);', ''],
      ['Attempt.pm', 'limit_attempt($attempt, $groups);', '$attempt->{look_at} = 9e9;'],
    ],
    order: without('limit', 'grouped', 'rlimit'),
  },
  {
    name: 'memory of one size',
    keeper: [
      ['Mounts.pm', 'take_memory($attempt, $run);', ''],
      ['Mounts.pm', 'if (defined $memory_places) {', 'if (0) {'],
      ['Mounts.pm', 'if (defined $view && defined $mounted_places) {', 'if (defined $view) {'],
    ],
    order: withMemoryOfBwrap,
  },
  {
    name: 'no user namespaces inside, the bounding set and dropped capabilities',
    order: (fields) =>
      options(without('capability')(fields), (words) => dropped(words, ['--disable-userns'], ['--cap-drop', 'ALL'])),
  },
  {
    name: 'read-only /proc/sys and /dev, a session and a host name of its own',
    order: (fields) =>
      options(withoutView('read-only')(fields), (words) =>
        dropped(
          words,
          ['--ro-bind', '/proc/sys', '/proc/sys'],
          ['--remount-ro', '/dev'],
          ['--new-session'],
          ['--hostname', 'contractor'],
        ),
      ),
  },
  {
    name: 'Landlock',
    keeper: [['Attempt.pm', "confine_network(many($run, 'port'))", "''"]],
  },
];

/** A witness would let nothing begin without the others. */
const SEES_AND_GOES_ON = [
  'Witness.pm',
  'the command was not run\\n" if @differences;',
  'the command was not run\\n" if 0;',
] as const;

/** A copy of the keeper in `directory` that does without `controls`; the path of its program. Never for what is not trusted. */
export function bareKeeper(directory: string, controls: readonly Control[]): string {
  cpSync(dirname(KEEPER_PROGRAM), directory, { recursive: true });
  const changes = controls.flatMap(({ keeper }) => keeper ?? []);
  for (const [file, words, other] of controls.length === 0 ? [] : [...changes, SEES_AND_GOES_ON]) {
    const path = join(directory, 'keeper', file);
    const text = readFileSync(path, 'utf8');
    if (text.split(words).length !== 2) throw new Error(`${file} does not have \`${words}\` once any more`);
    writeFileSync(
      path,
      text.replace(words, () => other),
    );
  }
  return join(directory, 'keeper.pl');
}

/** The order without what these controls add to it. */
export function bareOrder({ verb, fields }: KeeperOrder, controls: readonly Control[]): KeeperOrder {
  return { verb, fields: controls.reduce((left, { order }) => order?.(left) ?? left, fields) };
}

function without(...keys: readonly string[]): (fields: KeeperOrder['fields']) => KeeperOrder['fields'] {
  return (fields) => fields.filter(([key]) => !keys.includes(key));
}

/** The filter is the first of the data, and the descriptor of each is counted: so an empty one stays behind. */
function withoutFilter(fields: KeeperOrder['fields']): KeeperOrder['fields'] {
  const first = fields.findIndex(([key]) => key === 'data');
  const emptied = fields.map((field, index): KeeperOrder['fields'][number] => (index === first ? ['data', ''] : field));
  return options(emptied, (words) => dropped(words, ['--seccomp', '102']));
}

/** A file system in memory in each place, as bwrap makes one by itself. */
function withMemoryOfBwrap(fields: KeeperOrder['fields']): KeeperOrder['fields'] {
  const places = fields.flatMap(([key, value]) => {
    const [what = '', where = ''] = key === 'view' ? String(value).split(':') : [];
    return what.startsWith('memory/') ? ['--perms', '1777', '--tmpfs', where] : [];
  });
  return options(withoutView('memory/')(without('memory', 'place')(fields)), (words) => [
    ...words.flatMap((word, index) => {
      if (word === '--bind' && words[index + 1]?.startsWith('/sys/memory/')) return ['--perms', '1777', '--tmpfs'];
      return word.startsWith('/sys/memory/') ? [] : [word];
    }),
    ...places,
  ]);
}

function withoutView(begin: string): (fields: KeeperOrder['fields']) => KeeperOrder['fields'] {
  return (fields) => fields.filter(([key, value]) => key !== 'view' || !String(value).startsWith(begin));
}

function options(
  fields: KeeperOrder['fields'],
  change: (words: readonly string[]) => readonly string[],
): KeeperOrder['fields'] {
  const words = change(fields.flatMap(([key, value]) => (key === 'option' ? [String(value)] : [])));
  const at = fields.findIndex(([key]) => key === 'option');
  const others = without('option')(fields);
  return [...others.slice(0, at), ...words.map((word): [string, string] => ['option', word]), ...others.slice(at)];
}

/** `words` without these sequences, of which some kinds of sandbox lack some. `--cap-drop ALL` takes the `--cap-add` after it along. */
function dropped(words: readonly string[], ...sequences: readonly (readonly string[])[]): readonly string[] {
  return sequences.reduce((left, sequence) => {
    const at = left.findIndex((_, index) => sequence.every((word, offset) => left[index + offset] === word));
    if (at === -1) return left;
    let end = at + sequence.length;
    if (sequence[0] === '--cap-drop') while (left[end] === '--cap-add') end += 2;
    return [...left.slice(0, at), ...left.slice(end)];
  }, words);
}
