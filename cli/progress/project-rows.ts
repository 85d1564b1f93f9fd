import { outcomeText } from '../../index.ts';
import { countText } from '../text/count-text.ts';
import { truncated } from '../text/display-width.ts';
import { durationText } from '../text/duration-text.ts';
import type { Glyphs } from '../text/glyphs.ts';
import type { Tone } from '../text/paint.ts';
import type { Piece, Row } from '../text/row.ts';
import { progressPieces } from './progress-pieces.ts';
import { currentStep, type ProjectView, type RunView, type StepView } from './run-view.ts';

/** What rows depend on besides what they show. */
export interface Drawing {
  readonly glyphs: Glyphs;
  readonly now: number;
  readonly width: number;
}

/** A project that has ended or waits, on one line. */
export function projectRow(project: ProjectView, view: RunView, { glyphs, now }: Drawing): Row {
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
      return { left: [...name('bad', glyphs.failed), ['bad', `  ${failureText(step)}`]], right: durationOf(project) };
    case 'cancelled':
      return { left: [...name('warning', glyphs.cancelled), ['warning', '  cancelled']], right: durationOf(project) };
    case 'interrupted':
      return { left: [...name('warning', glyphs.cancelled), ['warning', '  interrupted']] };
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
export function stepRow(step: StepView, { glyphs, now, width }: Drawing): Row {
  switch (step.state) {
    case 'succeeded':
      return {
        left: [['good', `  ${glyphs.built} `], ['plain', step.title], ...attemptOf(step)],
        right: durationOf(step),
      };
    case 'failed':
      return {
        left: [
          ['bad', `  ${glyphs.failed} `],
          ['plain', step.title],
          ...attemptOf(step),
          ['bad', `  ${outcomeOf(step)}`],
        ],
        right: durationOf(step),
      };
    case 'retrying':
      return {
        left: [
          ['warning', `  ${glyphs.running} `],
          ['plain', step.title],
          ...attemptOf(step),
          ['warning', `  ${outcomeOf(step)}, will be tried again`],
        ],
      };
    case 'interrupted':
      return {
        left: [
          ['warning', `  ${glyphs.cancelled} `],
          ['plain', step.title],
          ['warning', '  interrupted'],
        ],
      };
    case 'waiting':
      return { left: [['faint', `  ${glyphs.waiting} ${step.title}`]] };
    case 'running':
      return {
        left: [
          ['busy', `  ${glyphs.running} `],
          ['plain', step.progress === undefined ? step.title : truncated(step.title, Math.floor(width / 2))],
          ...attemptOf(step),
          ...progressPieces(step.progress, { glyphs, width }),
        ],
        right: [['plain', durationText(now - (step.startedAt ?? now))]],
      };
  }
}

function stepsText(project: ProjectView): string {
  const wentOn = project.steps.filter((step) => step.wentOn).length;
  return `${countText(project.steps.length, 'step')}${wentOn === 0 ? '' : `, ${wentOn} failed and went on`}`;
}

function failureText(step: StepView | undefined): string {
  return step === undefined ? 'failed' : `${step.title}: ${outcomeOf(step)}`;
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

function outcomeOf(step: StepView): string {
  return step.outcome === undefined ? 'failed' : outcomeText(step.outcome);
}

function attemptOf(step: StepView): Piece[] {
  return step.attempt > 1 ? [['warning', `  attempt ${step.attempt}`]] : [];
}

function durationOf({ durationMs }: { readonly durationMs: number | undefined }): Piece[] {
  return durationMs === undefined ? [] : [['faint', durationText(durationMs)]];
}
