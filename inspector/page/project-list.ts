import type { App, Part } from './app.ts';
import { el, setAttribute, setText } from './dom.ts';
import { noteOf, timeOf } from './project-words.ts';
import type { ProjectModel } from './run-model.ts';
import { VirtualRows } from './virtual-rows.ts';
import { countText, glyphOf } from './words.ts';

const ROW_HEIGHT = 44;

/** All projects of the run, those that match what is looked for. */
export function projectList(app: App): Part & { readonly root: HTMLElement } {
  const search = el('input', {
    type: 'search',
    placeholder: 'Find a project or state',
    'aria-label': 'Find a project or state',
    oninput: () => app.changed(),
  });
  const count = el('p', { class: 'count', 'aria-live': 'polite' });
  const box = el('div', {
    class: 'rows',
    role: 'listbox',
    'aria-label': 'Projects',
    tabindex: '0',
    onkeydown: (event: KeyboardEvent) => move(event),
  });
  const rows = new VirtualRows(box, ROW_HEIGHT);
  let shown: readonly ProjectModel[] = [];
  let revealed = '';

  const choose = (name: string): void =>
    app.go({ project: name, step: undefined, attempt: undefined, line: undefined, view: 'project' });
  const move = (event: KeyboardEvent): void => {
    const at = shown.findIndex(({ name }) => name === app.place.project);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const project = shown[Math.min(shown.length - 1, Math.max(0, to))];
    if (project !== undefined) choose(project.name);
  };

  return {
    root: el('div', { class: 'list' }, search, count, box),
    render({ model, place, now }) {
      const wanted = search.value.trim().toLowerCase();
      shown = wanted === '' ? model.projects : model.projects.filter((each) => matches(each, wanted));
      setText(
        count,
        shown.length === model.projects.length
          ? countText(shown.length, 'project')
          : `${shown.length} of ${countText(model.projects.length, 'project')}`,
      );
      const chosen = shown.findIndex(({ name }) => name === place.project);
      rows.show(shown.length, (index) => rowOf(index));
      if (place.project !== undefined && revealed !== place.project && chosen >= 0) {
        rows.reveal(chosen);
        revealed = place.project;
      }
      setAttribute(box, 'aria-activedescendant', chosen >= 0 ? `project-${chosen}` : undefined);

      function rowOf(index: number): { key: string; make: () => HTMLElement } {
        const project = shown[index];
        if (project === undefined) return { key: '', make: () => el('div') };
        const { name, state } = project;
        const time = timeOf(project, now);
        const note = noteOf(project);
        return {
          key: JSON.stringify([name, state, note, time, name === place.project]),
          make: () =>
            el(
              'div',
              {
                class: `row is-${state}`,
                id: `project-${index}`,
                role: 'option',
                'aria-selected': String(name === place.project),
                'aria-setsize': shown.length,
                'aria-posinset': index + 1,
                onclick: () => choose(name),
              },
              el('span', { class: 'glyph', 'aria-hidden': 'true' }, glyphOf(state)),
              el('span', { class: 'name' }, name),
              el('span', { class: 'time' }, time),
              el('span', { class: 'note' }, note),
            ),
        };
      }
    },
  };
}

function matches({ name, state }: ProjectModel, wanted: string): boolean {
  return name.toLowerCase().includes(wanted) || state === wanted;
}
