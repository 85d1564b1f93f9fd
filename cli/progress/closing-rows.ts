import { limitHitHint, outcomeText, type BuildEvent, type Outcome } from '../../index.ts';
import { countText } from '../text/count-text.ts';
import { durationText } from '../text/duration-text.ts';
import type { Row } from '../text/row.ts';
import { sizeText } from '../text/size-text.ts';
import type { FaceOptions } from './face.ts';
import { logTail } from './log-tail.ts';
import { isAllCurrent } from './run-view.ts';
import type { Published, RunView } from './run-view.ts';

/** How much of a failed step's log is shown; the whole is a command away. */
const LAST_LINES = 20;
const LONGEST_LINE = 2000;

type StepEnded = Extract<BuildEvent, { type: 'step-ended' }>;

/**
 * What a person needs when a step has failed for good: which one, why, its last
 * lines, where the whole log is, and the command that shows it. Nothing for a
 * step that succeeded or gets another attempt.
 *
 *     ✗ hello/3-shell  exit status 2
 *       │ cc: error: no input files
 *       → there is no compiler in this container
 *       log  /var/lib/…/attempts/8Gx…/log
 *       →    contractor logs k3x9:hello:3-shell
 *       →    contractor diff k3x9:hello:3-shell
 *       →    contractor shell k3x9:hello:3-shell
 */
export function failureRows(view: RunView, ended: StepEnded, options: FaceOptions): readonly Row[] {
  const { outcome, project, step, attempt } = ended;
  if (outcome.type === 'succeeded' || outcome.type === 'cancelled' || ended.next === 'retry') return [];
  const { failed, log, next } = options.glyphs;
  const logFile = options.logFile({ run: ended.run, project, step, attempt });
  const advice = adviceOf(outcome);
  const attempts = attempt > 1 ? `, in attempt ${attempt}` : '';
  const title = view.projects.find(({ name }) => name === project)?.steps.find(({ id }) => id === step)?.title;
  return [
    {
      left: [
        ['bad', `${failed} `],
        ['strong', `${project}/${step}`],
        ['faint', title === undefined ? '' : `  ${title}`],
        ['bad', `  ${outcomeText(outcome)}${attempts}`],
      ],
    },
    ...(logFile === undefined ? [] : logTail(logFile, LAST_LINES)).map((line): Row => ({
      left: [
        ['faint', `  ${log} `],
        ['plain', line.slice(0, LONGEST_LINE)],
      ],
    })),
    ...(advice === undefined ? [] : [{ left: [['warning', `  ${next} ${advice}`]] } as const]),
    ...(logFile === undefined || options.isPassing || options.isRemote
      ? []
      : [{ left: [['faint', `  whole log: ${logFile}`]] } as const]),
    ...(options.isPassing ? [] : commandsFor(ended, options)).map((command): Row => ({
      left: [['plain', `  ${next} ${options.command} ${command} ${ended.run}:${project}:${step}`]],
    })),
  ];
}

/** The commands that look closer at a failed step, as far as it has left something to look at. */
function commandsFor({ step, outcome }: StepEnded, { isRemote }: FaceOptions): readonly string[] {
  if (isRemote) return ['logs'];
  if (outcome.type === 'refused' || outcome.type === 'interrupted') return ['logs'];
  // The id of a step says its action: only this one runs in a container.
  return step.endsWith('-shell') ? ['logs', 'diff', 'shell'] : ['logs', 'diff'];
}

function adviceOf(outcome: Outcome): string | undefined {
  switch (outcome.type) {
    case 'failed':
      return outcome.hint;
    case 'limit-hit':
      return limitHitHint(outcome);
    case 'refused':
      return outcome.mend;
    default:
      return undefined;
  }
}

/** The last lines of a build: what it published and, in one sentence, how it ended. */
export function closingRows(view: RunView, { command, glyphs, now, isPassing }: FaceOptions): readonly Row[] {
  const count = (state: string): number => view.projects.filter((project) => project.state === state).length;
  const duration = durationText(view.durationMs ?? 0);
  const projects = countText(view.projects.length, 'project');
  const skipped = count('skipped') === 0 ? '' : `, ${count('skipped')} skipped`;
  switch (view.result) {
    case 'built':
      return [...slowestRows(view), { left: [['good', builtText(view, duration)]] }];
    case 'failed':
      return [
        ...slowestRows(view),
        { left: [['bad', `${count('failed')} of ${projects} failed${skipped}, after ${duration}.`]] },
        ...(isPassing ? [] : [{ left: [['plain', `${glyphs.next} ${command} status ${view.run}`]] } as const]),
      ];
    case 'cancelled':
      return [{ left: [['warning', `Cancelled after ${duration}.`]] }];
    case undefined: {
      // What is asked, or can be typed, comes after this.
      const paused = count('paused');
      if (paused === 0 || count('running') > 0) return [];
      const after = durationText(now() - view.startedAt);
      const failed = count('failed') === 0 ? '' : `, ${count('failed')} failed`;
      return [{ left: [['warning', `Paused after ${after}: ${paused} of ${projects} to decide on${failed}.`]] }];
    }
  }
}

/** `Nothing to build: 3 projects, 12 steps are up to date.` */
function builtText(view: RunView, duration: string): string {
  const { projects } = view;
  if (isAllCurrent(view)) {
    const steps = projects.reduce((sum, project) => sum + project.steps.length, 0);
    const are = steps === 1 ? 'is' : 'are';
    return `Nothing to build: ${countText(projects.length, 'project')}, ${countText(steps, 'step')} ${are} up to date.`;
  }
  const current = projects.filter(({ isCurrent }) => isCurrent).length;
  const kept = current === 0 ? '' : `; ${current} ${current === 1 ? 'was' : 'were'} up to date`;
  return `Built ${countText(projects.length - current, 'project')} in ${duration}${kept}.`;
}

/** What the time went into: `slowest  base/2-debootstrap 41s, app/3-shell 12s`. Nothing of a run of short steps. */
function slowestRows({ projects }: RunView): readonly Row[] {
  const slow = projects
    .flatMap(({ name, steps }) => steps.map(({ id, durationMs = 0 }) => ({ name: `${name}/${id}`, durationMs })))
    .filter(({ durationMs }) => durationMs >= SLOW_MS)
    .toSorted((a, b) => b.durationMs - a.durationMs)
    .slice(0, MOST_SLOWEST);
  if (slow.length < 2) return [];
  const words = slow.map(({ name, durationMs }) => `${name} ${durationText(durationMs)}`);
  return [{ left: [['faint', `slowest  ${words.join(', ')}`]] }];
}

const SLOW_MS = 2000;
const MOST_SLOWEST = 3;

/** `unstable-systree@3  new, 12034 files, 340 MB`. */
export function publishedRow({ artifact, version, isNew, files, sizeBytes, dropped }: Published): Row {
  const leftOut =
    dropped.length === 0 ? '' : `, left out ${dropped.map(({ type, path }) => `${type} ${path}`).join(', ')}`;
  const what = `${isNew ? 'new' : 'unchanged'}, ${countText(files, 'file')}, ${sizeText(sizeBytes)}`;
  return {
    left: [
      ['strong', `${artifact}@${version}`],
      [isNew ? 'good' : 'faint', `  ${what}`],
      ['warning', leftOut],
    ],
  };
}
