import type { BuildEvent, RunDetails } from '../../index.ts';
import type { Context } from '../context.ts';
import { finalRows } from '../progress/final-rows.ts';
import { applyEvent, createRunView, stopView } from '../progress/run-view.ts';
import type { RunView } from '../progress/run-view.ts';
import { treeWidth } from '../progress/tree-width.ts';
import { publishedRow } from '../progress/closing-rows.ts';
import { TONE_OF_RUN } from './runs-rows.ts';
import { durationText } from '../text/duration-text.ts';
import { glyphsFor } from '../text/glyphs.ts';
import type { Row } from '../text/row.ts';
import { timeText } from '../text/time-text.ts';

/** One run for people: the tree that its build left on the screen, made from its events, and what can be done next. */
export function statusRows(
  run: RunDetails,
  events: readonly BuildEvent[],
  { context, command }: { context: Context; command: string },
): { readonly head: Row; readonly tree: readonly Row[]; readonly after: readonly Row[] } {
  const view = createRunView();
  for (const event of events) applyEvent(view, event);
  if (run.state === 'interrupted' || run.state === 'paused') stopView(view);
  const now = context.now();
  const glyphs = glyphsFor(context.env);
  const width = treeWidth(context.stdout);
  const took =
    run.state === 'interrupted' || run.state === 'paused'
      ? ''
      : `  ${durationText((run.endedAt ?? now) - run.createdAt)}`;
  const owner =
    run.owner === undefined
      ? ''
      : `  by process ${run.owner.pid} on ${run.owner.host} since ${timeText(run.owner.since)}`;
  const advice = ADVICE[run.state];
  return {
    head: {
      left: [
        ['strong', `run ${run.id}`],
        ['faint', `  ${run.specName}  started ${timeText(run.createdAt)}  `],
        [TONE_OF_RUN[run.state], run.state],
        ['faint', `${took}${owner}`],
      ],
    },
    tree: finalRows(view, { glyphs, now, width }),
    after: [
      ...refusalRows(view, glyphs),
      ...view.published.map(publishedRow),
      ...(run.state === 'adoptable' ? [{ left: [['warning', NOBODY_THERE]] } as const] : []),
      ...advice.map((words): Row => ({ left: [['plain', `${glyphs.next} ${command} ${words} ${run.id}`]] })),
    ],
  };
}

/** What a step was refused for is longer than a line of the tree, and there is no log to look it up in. */
function refusalRows({ projects }: RunView, { failed, next }: ReturnType<typeof glyphsFor>): readonly Row[] {
  return projects.flatMap(({ name, steps }) =>
    steps.flatMap(({ id, state, outcome }): Row[] => {
      if (state !== 'failed' || outcome?.type !== 'refused') return [];
      return [
        {
          left: [
            ['bad', `${failed} `],
            ['strong', `${name}/${id}`],
            ['bad', `  ${outcome.message}`],
          ],
        },
        { left: [['warning', `  ${next} ${outcome.mend}`]] },
      ];
    }),
  );
}

const NOBODY_THERE = 'What runs goes on by itself; nobody is there to go on after it.';

/** What to type next, by what a run is. */
const ADVICE: Readonly<Record<RunDetails['state'], readonly string[]>> = {
  running: ['logs -f', 'cancel'],
  adoptable: ['resume', 'cancel'],
  interrupted: ['resume'],
  paused: ['resume', 'shell', 'diff'],
  failed: ['logs'],
  cancelled: [],
  built: [],
};
