import type { App, Part } from './app.ts';
import { criticalPath } from './critical-path.ts';
import { el, fill, setText } from './dom.ts';
import type { AttemptModel, ProjectModel, StepModel } from './run-model.ts';
import { VirtualRows } from './virtual-rows.ts';
import { durationText, glyphOf, outcomeText } from './words.ts';

const ROW_HEIGHT = 30;
const NAME_WIDTH = 176;
const FEWEST_PIXELS = 2;

/** All steps of all projects in time; those projects marked that decided when the run ended. */
export function timelineView(app: App): Part & { readonly root: HTMLElement } {
  const axis = el('div', { class: 'axis', 'aria-hidden': 'true' });
  const box = el('div', {
    class: 'rows',
    role: 'list',
    'aria-label': 'Projects in the order in which they began',
    tabindex: '0',
  });
  const rows = new VirtualRows(box, ROW_HEIGHT);
  const legend = el('p', { class: 'legend' });
  let zoom = 1;
  const small = (title: string, sign: string, by: number): HTMLElement =>
    el('button', { type: 'button', class: 'small', 'aria-label': title, title, onclick: () => zoomBy(by) }, sign);
  const zoomBy = (by: number): void => {
    zoom = Math.max(1, zoom * by);
    app.changed();
  };
  const sheet = el('div', { class: 'sheet' }, axis, box);
  const root = el(
    'div',
    { class: 'timeline' },
    el(
      'div',
      { class: 'bar' },
      legend,
      el(
        'div',
        { class: 'zoom', role: 'group', 'aria-label': 'Size' },
        small('Larger', '+', 1.5),
        small('Smaller', '−', 1 / 1.5),
      ),
    ),
    el('div', { class: 'scroller' }, sheet),
  );

  return {
    root,
    render({ model, now, place }) {
      const begun = model.projects
        .filter(({ startedAt }) => startedAt !== undefined)
        .toSorted((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
      const critical = criticalPath(model);
      const start = Math.min(model.startedAt, ...begun.flatMap(({ steps }) => steps[0]?.attempts[0]?.startedAt ?? []));
      const length = Math.max(1, now - start);
      const width = Math.max(200, (root.clientWidth - NAME_WIDTH - 24) * zoom);
      const x = (at: number): number => ((at - start) / length) * width;
      sheet.style.width = `${width + NAME_WIDTH}px`;
      const waiting = model.projects.length - begun.length;
      setText(
        legend,
        begun.length === 0
          ? 'Nothing has begun yet.'
          : `Marked: the critical path, ${critical.size} of ${begun.length} projects. To make another faster would not end the run sooner.${waiting === 0 ? '' : ` ${waiting} ${waiting === 1 ? 'has' : 'have'} not begun.`}`,
      );
      fill(
        axis,
        ...ticks(length, width).map(({ at, left }) => {
          const tick = el('span', {}, durationText(at));
          tick.style.left = `${NAME_WIDTH + left}px`;
          return tick;
        }),
      );
      rows.show(begun.length, (index) => {
        const project = begun[index];
        if (project === undefined) return { key: '', make: () => el('div') };
        const isCritical = critical.has(project.name);
        const isOpen = project.endedAt === undefined;
        return {
          key: JSON.stringify([
            project.name,
            project.state,
            isCritical,
            width,
            length,
            isOpen ? now : 0,
            place.project === project.name,
          ]),
          make: () => rowOf(project, isCritical),
        };
      });

      function rowOf(project: ProjectModel, isCritical: boolean): HTMLElement {
        const bars = project.steps.flatMap((step) => step.attempts.map((attempt) => barOf(project, step, attempt)));
        return el(
          'div',
          {
            class: `row${isCritical ? ' is-critical' : ''}${place.project === project.name ? ' is-chosen' : ''}`,
            role: 'listitem',
          },
          el(
            'button',
            {
              type: 'button',
              class: `label is-${project.state}`,
              'aria-label': `${project.name}, ${project.state}, ${durationText((project.endedAt ?? now) - (project.startedAt ?? now))}${isCritical ? ', on the critical path' : ''}`,
              onclick: () => app.go({ view: 'project', project: project.name, step: undefined, attempt: undefined }),
            },
            el('span', { class: 'glyph', 'aria-hidden': 'true' }, glyphOf(project.state)),
            el('span', { class: 'name' }, project.name),
          ),
          ...bars,
        );
      }

      function barOf({ name }: ProjectModel, step: StepModel, attempt: AttemptModel): HTMLElement {
        const state = attempt.outcome?.type ?? (step.state === 'interrupted' ? 'interrupted' : 'running');
        const end = attempt.endedAt ?? now;
        const bar = el('span', {
          class: `bar-of-step is-${state}${attempt.reused ? ' is-reused' : ''}`,
          'aria-hidden': 'true',
          title: `${step.title}${attempt.number > 1 ? `, attempt ${attempt.number}` : ''}: ${durationText(end - attempt.startedAt)}, ${attempt.outcome === undefined ? state : outcomeText(attempt.outcome)}`,
          onclick: () => app.go({ view: 'project', project: name, step: step.id, attempt: attempt.number }),
        });
        bar.style.left = `${NAME_WIDTH + x(attempt.startedAt)}px`;
        bar.style.width = `${Math.max(FEWEST_PIXELS, x(end) - x(attempt.startedAt) - 1)}px`;
        return bar;
      }
    },
  };
}

/** Round times, some hundred pixels apart. */
function ticks(length: number, width: number): { at: number; left: number }[] {
  const steps = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    1_800_000, 3_600_000,
  ];
  const wanted = (length / width) * 110;
  const step = steps.find((each) => each >= wanted) ?? Math.ceil(wanted / 3_600_000) * 3_600_000;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => ({
    at: index * step,
    left: ((index * step) / length) * width,
  })).filter(({ left }) => left < width - 30);
}
