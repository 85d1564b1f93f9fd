import type { App, Part } from './app.ts';
import { el, fill, setText } from './dom.ts';
import { dateText, durationText } from './words.ts';

/** Which run it is, how it is, and what can be done to it. */
export function header(app: App): Part & { readonly root: HTMLElement } {
  const spec = el('h1');
  const state = el('span', { class: 'pill', role: 'status' });
  const time = el('span', { class: 'time' });
  const counts = el('span', { class: 'counts' });
  const runs = el('select', {
    'aria-label': 'Run',
    onchange: () => {
      app.go({ run: runs.value });
      app.open(runs.value);
    },
  });
  const cancel = button('Cancel', 'danger', () => app.act('cancel'));
  const resume = button('Resume', 'primary', () => app.act('resume'));
  const build = button('Build again', '', () => app.act('build'));
  const notice = el('p', { class: 'notice', role: 'alert' });
  let listed = '';

  const root = el(
    'header',
    {},
    el('div', { class: 'title' }, spec, state, time, counts),
    el('div', { class: 'actions' }, runs, resume, cancel, build),
    notice,
  );
  return {
    root,
    render({ summary, facts, model, position, runs: known, connection, source, now, notice: said }) {
      setText(spec, summary?.specName ?? 'contractor');
      const shown = position === undefined ? (model.result ?? summary?.state ?? 'opening') : 'replay';
      setText(state, shown);
      state.className = `pill is-${shown}`;
      setText(time, model.startedAt === 0 ? '' : durationText(now - model.startedAt));
      setText(counts, countsText(model.projects.map((project) => project.state)));
      setText(notice, connection === 'lost' ? 'The inspector does not answer. It is asked again …' : said);
      notice.hidden = notice.textContent === '';
      const live = summary?.state;
      cancel.hidden = !source.isLive || (live !== 'running' && live !== 'adoptable' && live !== 'paused');
      resume.hidden = !source.isLive || (live !== 'interrupted' && live !== 'adoptable' && live !== 'paused');
      const isFailure = model.projects.some(({ state: each, because }) => each === 'paused' && because === 'failure');
      setText(resume, live === 'paused' && isFailure ? 'Retry' : 'Resume');
      build.hidden =
        !source.isLive ||
        facts?.file === undefined ||
        live === 'running' ||
        live === 'adoptable' ||
        live === 'interrupted' ||
        live === 'paused';
      const list = known.length === 0 && summary !== undefined ? [summary] : known;
      const key = JSON.stringify([list.map(({ id, state: each }) => [id, each]), summary?.id]);
      if (key === listed) return;
      listed = key;
      fill(
        runs,
        ...list.map(({ id, state: each, createdAt }) =>
          el('option', { value: id, selected: id === summary?.id }, `${id} · ${each} · ${dateText(createdAt)}`),
        ),
      );
      runs.disabled = list.length < 2;
    },
  };
}

function button(title: string, kind: string, act: () => void): HTMLButtonElement {
  return el('button', { type: 'button', class: kind, onclick: act, hidden: true }, title);
}

function countsText(states: readonly string[]): string {
  return ['failed', 'skipped', 'cancelled', 'paused', 'interrupted', 'built', 'running', 'waiting']
    .map((state) => ({ state, count: states.filter((each) => each === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`)
    .join(' · ');
}
