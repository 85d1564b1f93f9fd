import { stretchesOf } from './ansi.ts';
import type { App, Part } from './app.ts';
import { el, fill, setText } from './dom.ts';
import { LineStore } from './line-store.ts';
import { LogScroller } from './log-scroller.ts';
import { LogSearch } from './log-search.ts';
import { currentStep, type ProjectModel } from './run-model.ts';
import type { AttemptName } from './source.ts';
import { countText, sizeText } from './words.ts';

/** How often it is looked whether the log of a running attempt has grown. */
const LOOK_MS = 250;

/** The log of an attempt, however long: only what is in sight is asked for. */
export function logView(app: App): Part & { readonly root: HTMLElement } {
  let store: LineStore | undefined;
  let search: LogSearch | undefined;
  let shown = '';
  let revealed: number | undefined;
  const scroller = new LogScroller(() => drawLines(), {
    class: 'log-lines',
    tabindex: '0',
    role: 'log',
    'aria-live': 'off',
    'aria-label': 'Log',
  });
  const choice = el('select', { 'aria-label': 'Step and attempt', onchange: () => choose(choice.value) });
  const input = el('input', {
    type: 'search',
    placeholder: 'Find in the log',
    'aria-label': 'Find in the log',
    oninput: () => find(),
    onkeydown: (event: KeyboardEvent) => {
      if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
    },
  });
  const found = el('output', { class: 'found' });
  const follow = el('input', { type: 'checkbox', checked: true, id: 'follow', onchange: () => toEnd() });
  const size = el('span', { class: 'faint' });
  const raw = el('a', { class: 'button', download: '' }, 'Whole log');
  const empty = el('p', { class: 'empty' });
  const small = (title: string, sign: string, by: number): HTMLElement =>
    el('button', { type: 'button', class: 'small', 'aria-label': title, title, onclick: () => step(by) }, sign);
  const root = el(
    'div',
    { class: 'log-view' },
    el(
      'div',
      { class: 'bar' },
      choice,
      input,
      el('span', { class: 'steps' }, small('Found before', '↑', -1), small('Found next', '↓', 1), found),
      el('label', { for: 'follow', class: 'follow' }, follow, 'Follow'),
      size,
      raw,
    ),
    empty,
    scroller.root,
  );
  scroller.root.addEventListener('wheel', () => stopFollowing(), { passive: true });
  scroller.root.addEventListener('keydown', () => stopFollowing());
  setInterval(() => {
    if (app.place.view === 'log' && isGrowing() && document.visibilityState === 'visible') store?.refresh();
  }, LOOK_MS);

  function choose(value: string): void {
    const [step = '', attempt = '1'] = value.split('\n');
    app.go({ step, attempt: Number(attempt), line: undefined });
  }
  function isGrowing(): boolean {
    const project = app.model.byName.get(store?.name.project ?? '');
    const attempt = project?.steps
      .find(({ id }) => id === store?.name.step)
      ?.attempts.find(({ number }) => number === store?.name.attempt);
    return attempt !== undefined && attempt.endedAt === undefined;
  }
  function stopFollowing(): void {
    if (!scroller.isAtEnd) follow.checked = false;
  }
  function toEnd(): void {
    if (follow.checked && store !== undefined) scroller.scrollTo(store.total);
  }
  function find(): void {
    search?.stop();
    search = undefined;
    const run = app.facts?.summary.id;
    if (input.value !== '' && store !== undefined && run !== undefined) {
      const begun = new LogSearch(input.value);
      search = begun;
      let isFirst = true;
      begun
        .run(app.source, {
          run,
          name: store.name,
          changed: () => {
            if (isFirst && begun.lines.length > 0) {
              isFirst = false;
              // From where one looks on.
              begun.at = Math.max(
                0,
                begun.lines.findIndex((line) => line >= scroller.first),
              );
              reveal(begun.lines[begun.at]);
            }
            drawLines();
          },
        })
        .catch((error: unknown) => app.tell(error));
    }
    drawLines();
  }
  function step(by: number): void {
    if (search === undefined || search.lines.length === 0) return;
    search.at = (search.at + by + search.lines.length) % search.lines.length;
    reveal(search.lines[search.at]);
  }
  function reveal(line: number | undefined): void {
    if (line === undefined) return;
    follow.checked = false;
    scroller.scrollTo(line - Math.floor(scroller.inSight / 3));
  }

  function drawLines(): void {
    if (store === undefined || root.clientHeight === 0) return;
    scroller.setCount(store.total);
    if (follow.checked && !scroller.isAtEnd) {
      scroller.scrollTo(store.total);
      return; // which draws
    }
    const { first, inSight } = scroller;
    const last = Math.min(store.total, first + inSight);
    scroller.draw(Array.from({ length: Math.max(0, last - first) }, (_, index) => lineOf(first + index)));
    setText(size, store.isKnown ? `${countText(store.total, 'line')}, ${sizeText(store.sizeBytes)}` : '');
    setText(found, search?.sayings ?? '');
    setText(
      empty,
      store.failure ||
        (store.isKnown && store.total === 0
          ? isGrowing()
            ? 'Nothing is written yet.'
            : 'This step wrote nothing.'
          : ''),
    );
    empty.hidden = empty.textContent === '';
    if (!store.isKnown) store.line(0);
  }

  function lineOf(number: number): HTMLElement {
    const line = store?.line(number);
    const isFound = search?.lines[search.at] === number;
    const isNamed = app.place.line === number + 1;
    return el(
      'div',
      { class: `line${isFound ? ' is-found' : ''}${isNamed ? ' is-named' : ''}` },
      el(
        'button',
        {
          type: 'button',
          class: 'number',
          tabindex: '-1',
          'aria-label': `Link to line ${number + 1}`,
          onclick: () => app.go({ line: number + 1 }),
        },
        String(number + 1),
      ),
      el(
        'span',
        { class: 'text' },
        ...(line === undefined ? [] : stretchesOf(line.text)).map(({ text, classes }) =>
          classes === '' ? text : el('span', { class: classes }, text),
        ),
        line?.cutBytes === undefined
          ? undefined
          : el('span', { class: 'cut' }, ` … ${sizeText(line.cutBytes)} more of this line`),
      ),
    );
  }

  return {
    root,
    render({ model, place, facts, source }) {
      const project =
        model.byName.get(place.project ?? '') ??
        model.projects.find(({ state }) => state === 'failed') ??
        model.projects.find(({ steps }) => steps.some(({ attempts }) => attempts.length > 0));
      const name = project === undefined ? undefined : chosenAttempt(project, place.step, place.attempt);
      const run = facts?.summary.id;
      const key = JSON.stringify([run, name]);
      if (key !== shown) {
        shown = key;
        revealed = undefined;
        store?.close();
        search?.stop();
        search = undefined;
        store =
          run === undefined || name === undefined
            ? undefined
            : new LineStore(source, { run, name, changed: () => drawLines() });
        follow.checked = store !== undefined && place.line === undefined && isGrowing();
        scroller.draw([]);
        scroller.setCount(0);
        scroller.scrollTo(0);
        if (store === undefined) {
          setText(
            empty,
            project === undefined ? 'Nothing has written a log yet.' : `Nothing of ${project.name} has begun.`,
          );
          empty.hidden = false;
        }
        if (input.value !== '') find();
        const address = run === undefined || name === undefined ? undefined : source.rawLog(run, name);
        raw.hidden = address === undefined;
        if (address !== undefined) raw.href = address;
      }
      drawChoice(project, name);
      if (store !== undefined && place.line !== undefined && place.line !== revealed && store.isKnown) {
        revealed = place.line;
        reveal(place.line - 1);
      }
      drawLines();
      if (store !== undefined && place.line !== undefined && place.line !== revealed) app.changed(); // until its length is known
    },
  };

  function drawChoice(project: ProjectModel | undefined, name: AttemptName | undefined): void {
    const options = (project?.steps ?? []).flatMap(({ id, title, attempts }) =>
      attempts.map(({ number }) => ({
        value: `${id}\n${number}`,
        text: `${project?.name ?? ''} · ${title}${attempts.length > 1 ? ` · attempt ${number}` : ''}`,
      })),
    );
    const value = name === undefined ? '' : `${name.step}\n${name.attempt}`;
    const key = JSON.stringify([options, value]);
    if (choice.dataset['key'] === key) return;
    choice.dataset['key'] = key;
    fill(
      choice,
      ...options.map((each) => el('option', { value: each.value, selected: each.value === value }, each.text)),
    );
    choice.disabled = options.length === 0;
  }
}

/** The attempt that is meant; by default the newest of the step that the project is at. */
function chosenAttempt(
  project: ProjectModel,
  stepId: string | undefined,
  attempt: number | undefined,
): AttemptName | undefined {
  const begun = project.steps.filter(({ attempts }) => attempts.length > 0);
  const at = currentStep(project);
  const step = begun.find(({ id }) => id === stepId) ?? begun.find((each) => each === at) ?? begun.at(-1);
  const number = step?.attempts.find((each) => each.number === attempt)?.number ?? step?.attempts.at(-1)?.number;
  return step === undefined || number === undefined
    ? undefined
    : { project: project.name, step: step.id, attempt: number };
}
