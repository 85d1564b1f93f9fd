import { outcomeText } from '../../index.ts';
import { countText } from '../text/count-text.ts';
import { truncated } from '../text/display-width.ts';
import { durationText } from '../text/duration-text.ts';
import type { Glyphs } from '../text/glyphs.ts';
import type { Tone } from '../text/paint.ts';
import type { Piece, Row } from '../text/row.ts';
import { progressPieces } from './progress-pieces.ts';
import { currentStep, type ProjectView, type RunView, type StepView } from './run-view.ts';
import { waitText } from './wait-text.ts';

/** What rows depend on besides what they show. */
export interface Drawing {
  readonly glyphs: Glyphs;
  readonly now: number;
  readonly width: number;
}

/** A project that has ended or waits, on one line. */
export function projectRow(project: ProjectView, view: RunView, { glyphs, now, width }: Drawing): Row {
  const step = currentStep(project);
  const name = (tone: Tone, glyph: string): Piece[] => [
    [tone, `${glyph} `],
    ['strong', project.name],
  ];
  switch (project.state) {
    case 'built':
      return {
        left: [...name('good', glyphs.built), ['faint', `  ${stepsText(project)}`]],
        right: durationOf(project),
      };
    case 'failed':
      return {
        left: [...name('bad', glyphs.failed), ['bad', `  ${failureText(step, width)}`]],
        right: durationOf(project),
      };
    case 'cancelled':
      return { left: [...name('warning', glyphs.cancelled), ['warning', '  cancelled']], right: durationOf(project) };
    case 'interrupted':
      return { left: [...name('warning', glyphs.cancelled), ['warning', '  interrupted']] };
    case 'paused':
      return {
        left: [...name('warning', glyphs.paused), ['warning', `  paused ${pausedText(project, width)}`]],
      };
    case 'skipped':
      return { left: [...name('warning', glyphs.skipped), ['warning', `  ${skippedText(project, view)}`]] };
    case 'waiting':
      return { left: [['faint', `${glyphs.waiting} ${project.name}  ${waitingText(project, view)}`]] };
    case 'running': {
      const title = step === undefined ? '' : `  ${step.title}`;
      const since = project.startedAt ?? now;
      return {
        left: [...name('busy', glyphs.running), ['plain', title]],
        right: [['faint', durationText(now - since)]],
      };
    }
  }
}

/** One step of a project that is shown whole. */
export function stepRow(step: StepView, drawing: Drawing): Row {
  const { glyphs } = drawing;
  switch (step.state) {
    case 'succeeded':
      return {
        left: [['good', `  ${glyphs.built} `], ...nameOf(step), ...remarkOf(step)],
        right: durationOf(step),
      };
    case 'failed':
      return {
        left: [['bad', `  ${glyphs.failed} `], ...nameOf(step, drawing), ['bad', `  ${outcomeOf(step)}`]],
        right: durationOf(step),
      };
    case 'retrying':
      return {
        left: [
          ['warning', `  ${glyphs.running} `],
          ...nameOf(step, drawing),
          ['warning', `  ${retryText(step, drawing.now)}`],
        ],
      };
    case 'cancelled':
    case 'interrupted':
      return {
        left: [['warning', `  ${glyphs.cancelled} `], ...nameOf(step, drawing), ['warning', `  ${step.state}`]],
        right: step.state === 'cancelled' ? durationOf(step) : [],
      };
    case 'waiting':
      return { left: [['faint', `  ${glyphs.waiting} ${step.title}`]] };
    case 'running':
      return {
        left: [['busy', `  ${glyphs.running} `], ...runningPieces(step, drawing)],
        right: [['plain', durationText(drawing.now - (step.startedAt ?? drawing.now))]],
      };
  }
}

/** How far it is: what the step says itself, else by how long it took last time, where that is worth a bar. */
function runningPieces(step: StepView, drawing: Drawing): Piece[] {
  const { progress, lastMs, startedAt } = step;
  if (progress !== undefined) return [...nameOf(step, drawing), ...progressPieces(progress, drawing)];
  if (lastMs === undefined || lastMs < WORTH_A_BAR_MS || startedAt === undefined) return nameOf(step);
  const done = drawing.now - startedAt;
  const label = `last time ${durationText(lastMs)}`;
  const byTime = done < lastMs ? { label, done, total: lastMs } : { label };
  return [...nameOf(step, drawing), ...progressPieces(byTime, drawing)];
}

const WORTH_A_BAR_MS = 2000;

/** Title and attempt; where more is to be said on the line, a `drawing` to leave room in. */
function nameOf({ title, attempt }: StepView, drawing?: Drawing): Piece[] {
  const shown = drawing === undefined ? title : truncated(title, Math.floor(drawing.width / 2));
  return [['plain', shown], ...(attempt > 1 ? [['warning', `  attempt ${attempt}`] as const] : [])];
}

function remarkOf({ remark }: StepView): Piece[] {
  return remark === undefined ? [] : [['faint', `  ${remark}`]];
}

function stepsText(project: ProjectView): string {
  const wentOn = project.steps.filter((step) => step.wentOn).length;
  return `${countText(project.steps.length, 'step')}${wentOn === 0 ? '' : `, ${wentOn} failed and went on`}`;
}

function failureText(step: StepView | undefined, width: number): string {
  return step === undefined ? 'failed' : `${truncated(step.title, Math.floor(width / 3))}: ${outcomeOf(step)}`;
}

/** Where: `at make: exit status 2`, `before make`. */
function pausedText({ pausedAt, steps }: ProjectView, width: number): string {
  const step = steps.find(({ id }) => id === pausedAt?.step);
  if (step === undefined) return '';
  const title = truncated(step.title, Math.floor(width / 3));
  return pausedAt?.because === 'break' ? `before ${title}` : `at ${title}: ${outcomeOf(step)}`;
}

function skippedText({ because }: ProjectView, view: RunView): string {
  if (because === undefined) return 'skipped';
  const state = view.projects.find(({ name }) => name === because)?.state;
  return `skipped: ${because} ${state === 'failed' ? 'failed' : 'is not built'}`;
}

function waitingText(project: ProjectView, view: RunView): string {
  if (view.result !== undefined) return 'not started';
  const pending = project.dependsOn.filter(
    (name) => view.projects.find((other) => other.name === name)?.state !== 'built',
  );
  return pending.length === 0 ? 'waits for its turn' : `waits for ${pending.join(', ')}`;
}

function retryText(step: StepView, now: number): string {
  if (step.waits === undefined) return `${outcomeOf(step)}, will be tried again`;
  const why = step.outcome === undefined ? '' : ` (${outcomeOf(step)})`;
  return `${waitText(step.waits, now)}${why}`;
}

function outcomeOf(step: StepView): string {
  return step.outcome === undefined ? 'failed' : outcomeText(step.outcome);
}

function durationOf({ durationMs }: { readonly durationMs: number | undefined }): Piece[] {
  return durationMs === undefined ? [] : [['faint', durationText(durationMs)]];
}
