import type { BuildEvent } from '../../index.ts';
import type { App } from './app.ts';
import { el } from './dom.ts';
import { durationText, outcomeText, timeText } from './words.ts';

const MOST_EVENTS = 200;

/** The newest events of a project, newest first. */
export function eventRows({ events, position }: Pick<App, 'events' | 'position'>, project: string): HTMLElement[] {
  const rows: HTMLElement[] = [];
  for (let at = (position ?? events.length) - 1; at >= 0 && rows.length < MOST_EVENTS; at -= 1) {
    const event = events[at];
    if (event === undefined || !('project' in event) || event.project !== project) continue;
    rows.push(
      el(
        'li',
        {},
        el('time', { datetime: new Date(event.at).toISOString() }, timeText(event.at)),
        el('span', { class: 'type' }, event.type),
        el('span', {}, sayingOf(event)),
      ),
    );
  }
  return rows;
}

function sayingOf(event: BuildEvent): string {
  switch (event.type) {
    case 'step-started':
      return `${event.step}${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`;
    case 'step-ended':
      return `${event.step}: ${outcomeText(event.outcome)} after ${durationText(event.durationMs)}${event.next === undefined || event.next === 'end' ? '' : `, then ${event.next}`}`;
    case 'step-waiting':
      return `${event.step}, before attempt ${event.attempt}, until ${timeText(event.until)}`;
    case 'step-adopted':
      return `${event.step}, which has run on since ${timeText(event.startedAt)}`;
    case 'step-reused':
      return `${event.step}, taken from run ${event.from}`;
    case 'step-dropped':
      return `${event.step}: ${event.because}`;
    case 'artifact-published':
      return `${event.artifact}@${event.version}${event.isNew ? '' : ', unchanged'}`;
    case 'project-ended':
      return `${event.result} after ${durationText(event.durationMs)}${event.because === undefined ? '' : `, because of ${event.because}`}`;
    default:
      return '';
  }
}
