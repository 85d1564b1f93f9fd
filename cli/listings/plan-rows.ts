import type { Isolation, Plan, PlannedProject, PlannedStep } from '../../index.ts';
import { durationText } from '../text/duration-text.ts';
import { controlLines, lineRows } from './control-rows.ts';
import type { Row } from '../text/row.ts';

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
  return plan.projects.flatMap((project, index) => [
    ...(index === 0 ? [] : [{ left: [] }]),
    projectRow(project),
    ...project.steps.flatMap((step, place) => stepRows(step, place + 1)),
  ]);
}

function projectRow({ name, dependsOn }: PlannedProject): Row {
  return {
    left: [
      ['strong', name],
      ['faint', dependsOn.length === 0 ? '' : `  after ${dependsOn.join(', ')}`],
    ],
  };
}

function stepRows({ title, isolation, expected, timeoutMs, retries }: PlannedStep, place: number): readonly Row[] {
  const limits = [
    ...(timeoutMs === undefined ? [] : [`at most ${durationText(timeoutMs)}`]),
    ...(retries === 0 ? [] : [`up to ${retries + 1} attempts`]),
  ];
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
    ...(expected === undefined ? [] : lineRows(controlLines(expected.controls), '      ')),
  ];
}

function listRows(word: string, items: readonly string[]): readonly Row[] {
  return items.map((item, index) => ({
    left: [
      ['faint', `      ${index === 0 ? word : '      '} `],
      ['plain', item],
    ],
  }));
}
