import type { App, Part } from './app.ts';
import { contextPart } from './context-part.ts';
import { el, fill, setText } from './dom.ts';
import { eventRows } from './event-rows.ts';
import { KnownFacts } from './project-facts.ts';
import { noteOf, timeOf } from './project-words.ts';
import { currentStep, type ProjectModel } from './run-model.ts';
import { statechart } from './statechart.ts';
import { stepDetails } from './step-details.ts';
import { glyphOf } from './words.ts';

/** One project: its machine as a statechart, the step that is looked at, context and events. */
export function projectView(app: App): Part & { readonly root: HTMLElement } {
  const known = new KnownFacts(app);
  const name = el('h2');
  const glyph = el('span', { class: 'glyph', 'aria-hidden': 'true' });
  const note = el('p', { class: 'note' });
  const needs = el('p', { class: 'needs' });
  const chart = el('div', { class: 'chart' });
  const details = el('section', { class: 'card details', 'aria-label': 'Step' });
  const context = contextPart();
  const events = el('ol', { class: 'events', tabindex: '0', 'aria-label': 'Events of the project, newest first' });
  const empty = el('p', { class: 'empty' }, 'Choose a project from the list or the graph.');
  const whole = el(
    'div',
    { class: 'project' },
    el('div', { class: 'head' }, glyph, name, note, needs),
    el(
      'div',
      { class: 'columns' },
      el('section', { class: 'card', 'aria-label': 'State machine' }, el('h3', {}, 'State machine'), chart),
      el(
        'div',
        { class: 'stack' },
        details,
        el('section', { class: 'card', 'aria-label': 'Context' }, el('h3', {}, 'Context'), context.root),
        el('section', { class: 'card', 'aria-label': 'Events' }, el('h3', {}, 'Events'), events),
      ),
    ),
  );
  const root = el('div', {}, empty, whole);
  const drawn = { chart: '', details: '', events: '', needs: '' };

  return {
    root,
    render(state) {
      const project = state.model.byName.get(state.place.project ?? '');
      empty.hidden = project !== undefined;
      whole.hidden = project === undefined;
      if (project === undefined) return;
      setText(name, project.name);
      setText(glyph, glyphOf(project.state));
      glyph.className = `glyph is-${project.state}`;
      setText(note, [noteOf(project), timeOf(project, state.now)].filter(Boolean).join(' · '));
      drawNeeds(project);
      const facts = known.of(project.name);
      const step = project.steps.find(({ id }) => id === state.place.step) ?? currentStep(project) ?? project.steps[0];
      const key = JSON.stringify([
        project.name,
        project.state,
        project.walks.length,
        step?.id,
        project.steps.map((each) => each.state),
        facts?.machine,
      ]);
      if (key !== drawn.chart && facts !== undefined) {
        drawn.chart = key;
        const focused = document.activeElement?.getAttribute('data-state');
        fill(
          chart,
          statechart(facts.machine, project, {
            chosen: step?.id,
            choose: (id) => app.go({ step: id, attempt: undefined }),
          }),
        );
        if (focused) chart.querySelector<SVGElement>(`[data-state="${CSS.escape(focused)}"]`)?.focus();
      }
      const detailsKey = JSON.stringify([
        state.facts?.summary.id,
        project.name,
        step,
        facts?.steps.length,
        state.isRunning ? Math.floor(state.now / 1000) : 0,
      ]);
      if (detailsKey !== drawn.details && !details.contains(document.activeElement)) {
        drawn.details = detailsKey;
        fill(details, ...(step === undefined ? [] : stepDetails(app, { project, step, facts })));
      } else if (detailsKey !== drawn.details) {
        drawn.details = ''; // Not under the hands of who uses it; when they are gone.
      }
      context.show(project, facts, state.position !== undefined);
      const eventsKey = JSON.stringify([state.facts?.summary.id, project.name, state.position ?? state.events.length]);
      if (eventsKey !== drawn.events) {
        drawn.events = eventsKey;
        fill(events, ...eventRows(state, project.name));
      }
    },
  };

  function drawNeeds(project: ProjectModel): void {
    const after = app.model.projects
      .filter(({ dependsOn }) => dependsOn.includes(project.name))
      .map((each) => each.name);
    const key = JSON.stringify([project.name, project.dependsOn, after]);
    if (key === drawn.needs) return;
    drawn.needs = key;
    const links = (names: readonly string[]): HTMLElement[] =>
      names.slice(0, 30).map((each) =>
        el(
          'button',
          {
            type: 'button',
            class: 'link',
            onclick: () => app.go({ project: each, step: undefined, attempt: undefined }),
          },
          each,
        ),
      );
    fill(
      needs,
      ...(project.dependsOn.length === 0 ? [] : ['needs ', ...links(project.dependsOn)]),
      ...(after.length === 0
        ? []
        : [' needed by ', ...links(after), after.length > 30 ? ` and ${after.length - 30} more` : '']),
    );
  }
}
