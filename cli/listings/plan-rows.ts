import { amountText, missingText } from '../../index.ts';
import type { Isolation, LimitFinding, Plan, PlannedLimit, PlannedProject, PlannedStep } from '../../index.ts';
import { displayWidth } from '../text/display-width.ts';
import { durationText } from '../text/duration-text.ts';
import { controlLines, lineRows } from './control-rows.ts';
import { landlockLine } from './landlock-line.ts';
import { statePieces } from './state-pieces.ts';
import { limitText } from '../text/limit-text.ts';
import { padded, type Row } from '../text/row.ts';

const PLACES: Readonly<Record<Isolation['runsIn'], string>> = {
  contractor: "contractor's own code",
  'vetted-tool': 'a vetted tool of the host, in a sandbox',
  container: 'a container',
};

/**
 * A plan for people:
 *
 *     hello  after build-unstable-systree
 *       3 shell
 *         in a container, no network
 *         reads   /  (unstable-systree)
 *         writes  /workspace
 *         identity      uid 1000, gid 1000, …
 */
export function planRows(plan: Plan): readonly Row[] {
  const isLimited = plan.projects.some(({ steps }) => steps.some(({ limits }) => limits !== undefined));
  return [
    ...plan.projects.flatMap((project, index) => [
      ...(index === 0 ? [] : [{ left: [] }]),
      projectRow(project),
      ...placementRow(project),
      ...checkpointRow(project),
      ...(project.state === undefined ? [] : [{ left: [['plain', '  '] as const, ...statePieces(project.state)] }]),
      ...project.steps.flatMap((step, place) => stepRows(step, place + 1)),
    ]),
    ...(isLimited ? limitRows(plan.limits) : []),
  ];
}

/** What holds steps to their limits on this host; what does so only nearly stands out. */
function limitRows(findings: readonly LimitFinding[]): readonly Row[] {
  const width = Math.max(...findings.map(({ limit }) => displayWidth(limit)));
  return [
    { left: [] },
    { left: [['strong', 'limits on this host']] },
    ...findings.map(({ limit, mechanism, scope, isEnforced, consequence }): Row => ({
      left: [
        ['plain', `  ${padded(limit, width)}  `],
        [isEnforced ? 'good' : 'warning', `${mechanism}${scope === 'step' ? '' : `, for each ${scope}`}`],
        ['faint', consequence === undefined ? '' : `  ${consequence}`],
      ],
    })),
  ];
}

function projectRow({ name, dependsOn }: PlannedProject): Row {
  return {
    left: [
      ['strong', name],
      ['faint', dependsOn.length === 0 ? '' : `  after ${dependsOn.join(', ')}`],
    ],
  };
}

/** What is not done again when its worker is lost. */
function checkpointRow({ checkpoint }: PlannedProject): readonly Row[] {
  if (checkpoint === undefined) return [];
  return [
    {
      left: [
        ['faint', '  checkpoint '],
        ['plain', 'after each step, where workers build it'],
      ],
    },
  ];
}

/** What host it asks for; what of that this one is not stands out. */
function placementRow({ runsOn }: PlannedProject): readonly Row[] {
  if (runsOn === undefined) return [];
  const { labels = [], architecture, memoryBytes, missing } = runsOn;
  const asked = [
    ...(architecture === undefined ? [] : [architecture]),
    ...(memoryBytes === undefined ? [] : [`${amountText(memoryBytes, 'bytes')} of memory`]),
    ...labels,
  ];
  const lacks = missing.length === 0 ? '' : `  this host lacks ${missing.map(missingText).join(', ')}`;
  return [
    {
      left: [
        ['faint', '  runs on '],
        ['plain', asked.join(', ')],
        ['warning', lacks],
      ],
    },
  ];
}

function stepRows(
  { title, isolation, expected, timeoutMs, retries, limits: all = [] }: PlannedStep,
  place: number,
): readonly Row[] {
  const limits = [
    ...(timeoutMs === undefined ? [] : [`at most ${durationText(timeoutMs)}`]),
    ...(retries === 0 ? [] : [`up to ${retries + 1} attempts`]),
  ];
  const given = all.filter(({ isGiven }) => isGiven);
  return [
    {
      left: [
        ['faint', `  ${place} `],
        ['plain', title],
        ['faint', limits.length === 0 ? '' : `  ${limits.join(', ')}`],
      ],
    },
    {
      left: [
        ['faint', `      in ${PLACES[isolation.runsIn]}, `],
        isolation.network ? ['warning', 'with network'] : ['good', 'no network'],
      ],
    },
    ...listRows('reads ', isolation.reads),
    ...listRows('writes', isolation.writes),
    ...limitsRow('limits', given),
    ...limitsRow(
      given.length === 0 ? 'limits' : '      ',
      all.filter(({ isGiven }) => !isGiven),
      ' by default',
    ),
    ...(expected === undefined
      ? []
      : lineRows([...controlLines(expected.controls), ...landlockLine(expected.landlock)], '      ')),
  ];
}

function limitsRow(word: string, limits: readonly PlannedLimit[], otherwise = ''): readonly Row[] {
  return limits.length === 0
    ? []
    : listRows(word, [`${limits.map(({ limit, value }) => limitText(limit, value)).join(', ')}${otherwise}`]);
}

function listRows(word: string, items: readonly string[]): readonly Row[] {
  return items.map((item, index) => ({
    left: [
      ['faint', `      ${index === 0 ? word : '      '} `],
      ['plain', item],
    ],
  }));
}
