import { durationText } from '../text/duration-text.ts';
import type { Glyphs } from '../text/glyphs.ts';
import type { Paint } from '../text/paint.ts';
import { rowText, type Row } from '../text/row.ts';
import { foldedEnds } from './folded-ends.ts';
import { projectRow, stepRow, type Drawing } from './project-rows.ts';
import type { ProjectView, RunView, StepView } from './run-view.ts';
import { treeWidth } from './tree-width.ts';

/** What a frame of the tree is drawn from. */
export interface FrameInput {
  readonly view: RunView;
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
  readonly paint: Paint;
  readonly glyphs: Glyphs;
  /** The last lines of a running step's log, at most `count`. */
  logTail(project: ProjectView, step: StepView, count: number): readonly string[];
}

/**
 * One frame of the live tree: at most `rows - 1` lines (the cursor stands on the
 * last one), each narrower than `columns`.
 *
 *     ✓ ended project            one line, in the order in which they ended
 *     ‖ paused project            among them
 *     ▶ running project          its steps, the last log lines of the one that runs
 *     · waiting project          for whom
 *     2 running · 1 waiting      the whole
 *
 * Where that is too tall it is said in fewer words, a {@link Detail} after the
 * other, until it fits.
 */
export function treeFrame(input: FrameInput): string[] {
  const width = treeWidth(input);
  const drawing = { glyphs: input.glyphs, now: input.now, width };
  const room = Math.max(0, input.rows - 1);
  const groups = {
    ended: inOrderOfChange(input.view, ({ state }) => state !== 'waiting' && state !== 'running'),
    running: inOrderOfChange(input.view, ({ state }) => state === 'running'),
    waiting: input.view.projects.filter(({ state }) => state === 'waiting'),
  };
  for (const detail of DETAILS) {
    const live = liveRows(groups, detail, input, drawing);
    const roomForEnded = room - live.length - 1;
    if (roomForEnded < Math.min(detail.fewestEnded, groups.ended.length)) continue;
    const rows = [
      ...foldedEnds(groups.ended, input.view, drawing, roomForEnded),
      ...live,
      totalRow(input.view, drawing),
    ];
    return rows.slice(Math.max(0, rows.length - room)).map((row) => rowText(row, { width, paint: input.paint }));
  }
  return [];
}

/** How much is said of what runs and waits. */
interface Detail {
  readonly logLines: number;
  /** `inline`: the running step on the project's own line. */
  readonly steps: 'all' | 'current' | 'inline';
  readonly mostRunning: number;
  readonly mostWaiting: number;
  /** Rather say less of the rest than show fewer ended projects than this. */
  readonly fewestEnded: number;
}

const DETAILS: readonly Detail[] = [
  { logLines: 3, steps: 'all', mostRunning: Infinity, mostWaiting: Infinity, fewestEnded: Infinity },
  { logLines: 3, steps: 'all', mostRunning: Infinity, mostWaiting: 3, fewestEnded: 1 },
  { logLines: 1, steps: 'all', mostRunning: Infinity, mostWaiting: 3, fewestEnded: 1 },
  { logLines: 1, steps: 'current', mostRunning: Infinity, mostWaiting: 1, fewestEnded: 1 },
  { logLines: 0, steps: 'inline', mostRunning: Infinity, mostWaiting: 1, fewestEnded: 1 },
  { logLines: 0, steps: 'inline', mostRunning: 8, mostWaiting: 0, fewestEnded: 1 },
  { logLines: 0, steps: 'inline', mostRunning: 3, mostWaiting: 0, fewestEnded: 0 },
  { logLines: 0, steps: 'inline', mostRunning: 1, mostWaiting: 0, fewestEnded: -Infinity },
];

interface Groups {
  readonly ended: readonly ProjectView[];
  readonly running: readonly ProjectView[];
  readonly waiting: readonly ProjectView[];
}

function liveRows({ running, waiting }: Groups, detail: Detail, input: FrameInput, drawing: Drawing): Row[] {
  const runs = shown(running, detail.mostRunning);
  // More than the screen has lines never fits; nor is it drawn, then.
  const waits = detail.mostWaiting === 0 ? [] : shown(waiting, Math.min(detail.mostWaiting, input.rows));
  return [
    ...runs.flatMap((project) => runningRows(project, detail, input, drawing)),
    ...restRow(running.length - runs.length, 'running'),
    ...waits.map((project) => projectRow(project, input.view, drawing)),
    ...restRow(detail.mostWaiting === 0 ? 0 : waiting.length - waits.length, 'waiting'),
  ];
}

/** The first `most`, and one more where that is all: to count it takes a line as well. */
function shown(projects: readonly ProjectView[], most: number): readonly ProjectView[] {
  return projects.length === most + 1 ? projects : projects.slice(0, most);
}

function runningRows(project: ProjectView, detail: Detail, input: FrameInput, drawing: Drawing): Row[] {
  const inline = projectRow(project, input.view, drawing);
  if (detail.steps === 'inline') return [inline];
  const rows: Row[] = [{ left: inline.left.slice(0, 2), right: inline.right ?? [] }];
  for (const step of project.steps) {
    if (detail.steps === 'current' && step.state !== 'running' && step.state !== 'retrying') continue;
    rows.push(stepRow(step, drawing));
    if (step.state !== 'running') continue;
    const lines = input.logTail(project, step, drawing.width < 60 ? Math.min(1, detail.logLines) : detail.logLines);
    rows.push(...lines.map((line): Row => ({ left: [['faint', `    ${drawing.glyphs.log} ${line}`]] })));
  }
  return rows;
}

function restRow(count: number, state: string): Row[] {
  return count > 0 ? [{ left: [['faint', `  … ${count} more ${state}`]] }] : [];
}

/** `1m12s · 12 built · 2 running · 1 waiting`; what went wrong first, as the end may be cut off. */
function totalRow(view: RunView, { glyphs, now }: Drawing): Row {
  const counts = ['failed', 'paused', 'skipped', 'cancelled', 'built', 'running', 'waiting'].flatMap((state) => {
    const count = view.projects.filter((project) => project.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  const duration = durationText(view.durationMs ?? now - view.startedAt);
  return { left: [['strong', [duration, ...counts].join(` ${glyphs.separator} `)]] };
}

function inOrderOfChange(view: RunView, wanted: (project: ProjectView) => boolean): ProjectView[] {
  return view.projects.filter(wanted).toSorted((a, b) => a.changedAs - b.changedAs);
}
