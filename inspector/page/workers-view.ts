import type { WorkerFacts } from '../facts.ts';
import type { App, Part } from './app.ts';
import { el, fill } from './dom.ts';
import { countText } from './words.ts';

const LOOK_MS = 2000;

/** The workers that live, what each is, and what it builds: of this run and of others. */
export function workersView(app: App): Part & { readonly root: HTMLElement } {
  const count = el('p', { class: 'count', role: 'status' });
  const rows = el('tbody');
  const table = el(
    'table',
    {},
    el(
      'thead',
      {},
      el('tr', {}, ...['Worker', 'Is', 'At once', 'Builds'].map((text) => el('th', { scope: 'col' }, text))),
    ),
    rows,
  );
  const empty = el('p', { class: 'empty' }, 'No worker lives. Call contractor worker on a host.');
  let drawn = '';
  let askedAt = 0;

  function look(): void {
    if (Date.now() - askedAt < LOOK_MS) return;
    askedAt = Date.now();
    app.source.workers().then(show, (error: unknown) => app.tell(error));
  }

  function show(workers: readonly WorkerFacts[]): void {
    const key = JSON.stringify([workers, app.facts?.summary.id]); // What it builds of the run that is shown is called without it.
    if (key === drawn) return;
    drawn = key;
    count.textContent = countText(workers.length, 'worker');
    table.hidden = workers.length === 0;
    empty.hidden = workers.length > 0;
    fill(rows, ...workers.map(rowOf));
  }

  function rowOf({ name, traits, jobs, builds }: WorkerFacts): HTMLElement {
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, name),
      el('td', {}, traits),
      el('td', {}, String(jobs)),
      el('td', {}, ...(builds.length === 0 ? ['nothing'] : builds.map(linkTo))),
    );
  }

  function linkTo({ run, project }: WorkerFacts['builds'][number]): HTMLElement {
    const isShown = run === app.facts?.summary.id;
    const open = (): void => {
      app.go({ run, project, view: 'project', step: undefined, attempt: undefined, line: undefined });
      if (!isShown) app.open(run);
    };
    return el('button', { type: 'button', class: 'link', onclick: open }, isShown ? project : `${run}:${project}`);
  }

  // What workers do is no event of the run that is shown.
  setInterval(() => {
    if (app.place.view === 'workers') look();
  }, LOOK_MS);

  return { root: el('div', { class: 'workers' }, count, table, empty), render: look };
}
