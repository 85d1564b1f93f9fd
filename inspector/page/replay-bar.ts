import type { App, Part } from './app.ts';
import { el, setText } from './dom.ts';
import { durationText } from './words.ts';

/** How long a replay of a whole run takes. */
const WHOLE_MS = 20_000;
const FRAME_MS = 100;

/** The run's history as a slider: any moment of it is shown as it was. */
export function replayBar(app: App): Part & { readonly root: HTMLElement } {
  const slider = el('input', {
    type: 'range',
    min: '0',
    max: '0',
    'aria-label': 'History of the run',
    oninput: () => {
      stop();
      app.replay(Number(slider.value));
    },
  });
  const text = el('output', { class: 'moment' });
  const small = (title: string, sign: string, act: () => void): HTMLButtonElement =>
    el('button', { type: 'button', class: 'small', 'aria-label': title, title, onclick: act }, sign);
  const step = (by: number): void => {
    stop();
    app.replay((app.position ?? app.events.length) + by);
  };
  const play = small('Replay from the beginning', '▶', () => (timer === undefined ? start() : stop()));
  const live = el('button', { type: 'button', class: 'live', onclick: () => end() }, 'Newest');
  let timer: ReturnType<typeof setInterval> | undefined;

  function start(): void {
    if (app.position === undefined || app.position >= app.events.length) app.replay(0);
    const first = app.events[0]?.at ?? 0;
    const last = app.events.at(-1)?.at ?? 0;
    let clock = app.position === 0 ? first : app.model.at;
    const pace = Math.max(1, (last - first) / WHOLE_MS);
    timer = setInterval(() => {
      clock += FRAME_MS * pace;
      let position = app.position ?? 0;
      while (position < app.events.length && (app.events[position]?.at ?? 0) <= clock) position += 1;
      app.replay(position);
      if (position >= app.events.length) stop();
    }, FRAME_MS);
    app.changed();
  }
  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }
  function end(): void {
    stop();
    app.replay(undefined);
  }

  return {
    root: el(
      'div',
      { class: 'replay', role: 'group', 'aria-label': 'Replay' },
      small('One event back', '◀', () => step(-1)),
      play,
      small('One event on', '▶▏', () => step(1)),
      slider,
      text,
      live,
    ),
    render({ events, position, model }) {
      const at = position ?? events.length;
      slider.max = String(events.length);
      slider.value = String(at);
      setText(play, timer === undefined ? '▶' : '❚❚');
      play.setAttribute('aria-label', timer === undefined ? 'Replay' : 'Pause');
      const since = at === 0 ? 0 : model.at - (events[0]?.at ?? 0);
      setText(text, `event ${at} of ${events.length} · ${durationText(since)}`);
      slider.setAttribute('aria-valuetext', text.textContent);
      live.disabled = position === undefined;
    },
  };
}
