import { outcomeText } from '../../index.ts';
import type { LimitName, Receipt } from '../../index.ts';
import { durationText } from '../text/duration-text.ts';
import { limitText } from '../text/limit-text.ts';
import type { Row } from '../text/row.ts';
import { tableRows } from '../text/table-rows.ts';
import { controlLines, lineRows } from './control-rows.ts';
import type { ControlLine } from './control-rows.ts';
import { landlockLine } from './landlock-line.ts';

/** A receipt for people: what was done and with what, then what the kernel showed of the process before it began. */
export function receiptRows(receipt: Receipt): readonly Row[] {
  const { attempt, witness, tools, endedAt, outcome } = receipt;
  const took = endedAt === undefined ? '' : `  ${durationText(Date.parse(endedAt) - Date.parse(receipt.startedAt))}`;
  const tone = outcome === undefined ? 'busy' : outcome.type === 'succeeded' ? 'good' : 'bad';
  return [
    {
      left: [
        ['strong', `${attempt.project} ${attempt.title}`],
        ['faint', `  attempt ${attempt.number} of ${attempt.step} in run ${attempt.run}`],
      ],
    },
    {
      left: [
        [tone, outcome === undefined ? 'running' : outcomeText(outcome)],
        ['faint', `${took}  from ${receipt.startedAt}`],
      ],
    },
    { left: [] },
    ...lineRows(generalLines(receipt), ''),
    { left: [] },
    ...(tools.length === 0
      ? []
      : [
          ...tableRows(
            ['PROGRAM', 'VERSION', 'SHA-256'],
            tools.map(({ path, version = '', sha256 }) => [path, version, sha256]),
          ),
          { left: [] },
        ]),
    ...witnessRows(witness, receipt.runsIn),
  ];
}

const PLACES: Readonly<Record<Receipt['runsIn'], string>> = {
  contractor: "contractor's own code, in the id map of the store",
  'vetted-tool': 'a vetted tool of the host, in a sandbox',
  container: 'a security container',
};

function generalLines(receipt: Receipt): ControlLine[] {
  const { inputs, systemTree, witness, limits, host, contractor } = receipt;
  const optional = (subject: string, words: string | undefined): ControlLine[] =>
    words === undefined ? [] : [[subject, words]];
  return [
    ['action', receipt.action],
    ['ran in', `${PLACES[receipt.runsIn]}, ${receipt.network ? 'with network' : 'no network'}`],
    ...optional('command', witness?.command.map(shown).join(' ')),
    ...optional(
      'system tree',
      systemTree && `${systemTree.artifact} ${systemTree.digest}${systemTree.writable ? ', writable' : ''}`,
    ),
    ...optional('may read', receipt.allowedSources?.join(', ')),
    ...optional('artifact', inputs.artifact),
    ...inputs.resolved.map(({ uri, digest = {} }): ControlLine => ['input', [uri, ...Object.values(digest)].join(' ')]),
    ...optional('step key', inputs.key),
    ...optional('time limit', limits.wallTimeMs === undefined ? undefined : durationText(limits.wallTimeMs)),
    ...limitLines(receipt),
    ['uids', rangesText(receipt.idMap.uid)],
    ['gids', rangesText(receipt.idMap.gid)],
    ['host', `${host.system} ${host.kernel} ${host.machine}`],
    ['contractor', `${contractor.version}, policy ${contractor.policy}, Node.js ${contractor.node}`],
  ];
}

/** `memory 4 GiB, processes 512, by control groups`, then the others, then what was used. */
function limitLines({ limits: { values = {}, grouped = [] }, usage = {} }: Receipt): ControlLine[] {
  const isGrouped = ([limit]: readonly [string, number]): boolean => grouped.some((name) => name === limit);
  const text = (limit: string, value: number): string => limitText(limit as LimitName, value);
  const held = Object.entries(values).filter(isGrouped);
  const others = Object.entries(values).filter((each) => !isGrouped(each));
  const used = Object.entries(usage).map(([limit, value]) => text(limit, value));
  return [
    ...(held.length === 0
      ? []
      : [['limits', `${held.map(([limit, value]) => text(limit, value)).join(', ')}, by control groups`] as const]),
    ...(others.length === 0
      ? []
      : [['limits', others.map(([limit, value]) => text(limit, value)).join(', ')] as const]),
    ...(used.length === 0 ? [] : [['used', `at most ${used.join(', ')}`] as const]),
  ];
}

function rangesText(ranges: Receipt['idMap']['uid']): string {
  const span = (first: number, count: number): string => (count === 1 ? `${first}` : `${first}-${first + count - 1}`);
  return ranges
    .map(
      ({ inside, outside, count }) =>
        `${span(inside, count)} inside ${count === 1 ? 'is' : 'are'} ${span(outside, count)} of the host`,
    )
    .join(', ');
}

/** As a shell would take it. */
function shown(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function witnessRows(witness: Receipt['witness'], runsIn: Receipt['runsIn']): readonly Row[] {
  if (witness === undefined) {
    const why = runsIn === 'contractor' ? 'No command was run in a sandbox.' : 'No command came as far as its gate.';
    return [{ left: [['faint', why]] }];
  }
  const { differences, found, mounts } = witness;
  return [
    {
      left: [
        differences.length === 0
          ? ['good', 'Before the command began, the kernel showed what the policy says:']
          : ['bad', 'The kernel showed something else than the policy says, and the command was not run:'],
      ],
    },
    ...differences.map((difference): Row => ({ left: [['bad', `  ${difference}`]] })),
    ...lineRows([...controlLines(found), ...landlockLine(witness.landlock)], '  '),
    { left: [] },
    ...tableRows(
      ['MOUNT', 'TYPE', 'OPTIONS'],
      mounts.map(({ path, type, options }) => [path, type, options]),
    ),
  ];
}
