import { causeText, outcomeText, type BuildEvent } from '../../index.ts';
import { countText } from '../text/count-text.ts';
import { durationText } from '../text/duration-text.ts';
import { rowText, type Piece } from '../text/row.ts';
import { beginningRows } from './beginning-rows.ts';
import { closingRows, failureRows, publishedRow } from './closing-rows.ts';
import type { Face, FaceOptions } from './face.ts';
import { pausedText } from './paused-text.ts';
import { progressText } from './progress-pieces.ts';
import { applyEvent, createRunView, isAllCurrent, type RunView } from './run-view.ts';
import { waitText } from './wait-text.ts';

/** Often enough to see that it lives, seldom enough for a log that somebody keeps. */
const PROGRESS_EVERY_MS = 10_000;

/**
 * One line an event, for logs and pipes:
 *
 *     14:02:31 hello/3-shell  failed: exit status 2 (0.4s)
 */
export function plainFace(options: FaceOptions): Face {
  const view = createRunView();
  const shownAt = new Map<string, number>();
  const write = (pieces: readonly Piece[]): void => {
    options.output.write(`${rowText({ left: pieces }, { width: Infinity, paint: options.paint })}\n`);
  };

  return {
    handle(event) {
      applyEvent(view, event);
      if (event.type === 'step-progress' && !isDue(event, shownAt)) return;
      // Then one line says it all: the last.
      if (event.type === 'run-started' && isAllCurrent(view)) {
        for (const row of beginningRows(event, options.command)) write(row.left);
        return;
      }
      const [said = [], ...more] =
        event.type === 'run-ended'
          ? closingRows(view, options).map(({ left }) => left)
          : [[...subject(event), ...saying(event, view)]];
      write([['faint', `${timeText(event.at)} `], ...said]);
      for (const line of more) write(line);
      if (event.type === 'run-started') for (const row of beginningRows(event, options.command)) write(row.left);
      if (event.type === 'step-ended') for (const row of failureRows(view, event, options)) write(row.left);
    },
    notice(text) {
      write([
        ['faint', `${timeText(options.now())} `],
        ['warning', text],
      ]);
    },
    end() {
      if (view.result === undefined)
        for (const { left } of closingRows(view, options)) write([['faint', `${timeText(options.now())} `], ...left]);
    },
  };
}

type StepProgress = Extract<BuildEvent, { type: 'step-progress' }>;

/** The time of the start counts as the first showing, so that a short step says nothing in between. */
function isDue({ project, step, at }: StepProgress, shownAt: Map<string, number>): boolean {
  const key = `${project}/${step}`;
  const before = shownAt.get(key);
  if (before !== undefined && at - before < PROGRESS_EVERY_MS) return false;
  shownAt.set(key, at);
  return before !== undefined;
}

function subject(event: BuildEvent): Piece[] {
  if ('step' in event)
    return [
      ['strong', `${event.project}/${event.step}`],
      ['plain', '  '],
    ];
  return 'project' in event
    ? [
        ['strong', event.project],
        ['plain', '  '],
      ]
    : [];
}

function saying(event: Exclude<BuildEvent, { type: 'run-ended' }>, view: RunView): readonly Piece[] {
  switch (event.type) {
    case 'run-started':
      return [
        ['plain', `run ${event.run} of ${event.specName} ${event.resumed ? 'goes on' : 'started'}: `],
        ['plain', countText(event.projects.length, 'project')],
      ];
    case 'project-started': {
      const { because } = event;
      // Of what was never built there is nothing to say.
      if (because === undefined || because.cause.type === 'first-time') return [['plain', 'started']];
      return [['plain', `started from ${because.step}: ${causeText(because.cause)}`]];
    }
    case 'step-started':
      return [
        ['plain', titleOf(event, view)],
        ...(event.attempt > 1 ? [['warning', `  attempt ${event.attempt}`] as const] : []),
      ];
    case 'step-waiting':
      return [['warning', waitText(event, event.at)]];
    case 'step-adopted':
      return [['plain', `goes on: ran ${durationText(event.at - event.startedAt)} so far`]];
    case 'step-reused':
      return [['good', `kept from run ${event.from}`]];
    case 'step-dropped':
      return [['warning', `is done again: ${event.because}`]];
    case 'step-progress':
      return [['faint', progressText(event)]];
    case 'step-ended':
      return stepEnded(event);
    case 'project-paused':
      return [['warning', pausedText(event)]];
    case 'artifact-published':
      return publishedRow(event).left;
    case 'project-ended': {
      const because = event.because === undefined ? '' : `: needs ${event.because}`;
      return [[event.result === 'built' ? 'good' : 'bad', `${event.result}${because}`], took(event.durationMs)];
    }
  }
}

function stepEnded({ outcome, next, durationMs }: Extract<BuildEvent, { type: 'step-ended' }>): readonly Piece[] {
  if (outcome.type === 'succeeded') return [['good', 'succeeded'], took(durationMs)];
  if (outcome.type === 'cancelled') return [['warning', outcomeText(outcome)], took(durationMs)];
  const then = { retry: ', will be tried again', continue: ', goes on all the same', end: '' }[next ?? 'end'];
  return [['bad', `failed: ${outcomeText(outcome)}`], took(durationMs), ['bad', then]];
}

function took(durationMs: number): Piece {
  return ['faint', ` (${durationText(durationMs)})`];
}

function titleOf(event: { readonly project: string; readonly step: string }, view: RunView): string {
  const project = view.projects.find(({ name }) => name === event.project);
  return `started: ${project?.steps.find(({ id }) => id === event.step)?.title ?? event.step}`;
}

/** Local time of day. */
function timeText(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}
