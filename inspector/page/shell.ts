import type { App, Part } from './app.ts';
import { el, setAttribute } from './dom.ts';
import { graphView } from './graph-view.ts';
import { header } from './header.ts';
import { logView } from './log-view.ts';
import { machinesView } from './machines-view.ts';
import { VIEWS, type View } from './place.ts';
import { projectList } from './project-list.ts';
import { projectView } from './project-view.ts';
import { replayBar } from './replay-bar.ts';
import { timelineView } from './timeline-view.ts';
import { workersView } from './workers-view.ts';

const TITLES: Readonly<Record<View, string>> = {
  graph: 'Graph',
  timeline: 'Timeline',
  project: 'Project',
  log: 'Log',
  machines: 'Machines',
  workers: 'Workers',
};

/** Puts the page together: header, projects, views, replay. */
export function showShell(app: App): void {
  const panels = {
    graph: graphView(app),
    timeline: timelineView(app),
    project: projectView(app),
    log: logView(app),
    machines: machinesView(app),
    workers: workersView(app),
  };
  const parts = { header: header(app), list: projectList(app), replay: replayBar(app) };

  const tabs = VIEWS.map((view) =>
    el(
      'button',
      {
        role: 'tab',
        id: `tab-${view}`,
        'aria-controls': `panel-${view}`,
        type: 'button',
        onclick: () => app.go({ view }),
        onkeydown: (event: KeyboardEvent) => moveAmongTabs(event, view),
      },
      TITLES[view],
    ),
  );
  const regions = VIEWS.map((view) =>
    el(
      'div',
      { role: 'tabpanel', id: `panel-${view}`, 'aria-labelledby': `tab-${view}`, class: 'panel' },
      panels[view].root,
    ),
  );

  function moveAmongTabs(event: KeyboardEvent, view: View): void {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    const index = (VIEWS.indexOf(view) + by + VIEWS.length) % VIEWS.length;
    app.go({ view: VIEWS[index] ?? view });
    tabs[index]?.focus();
    event.preventDefault();
  }

  const shell: Part = {
    render({ place, facts }) {
      for (const [index, view] of VIEWS.entries()) {
        const isShown = place.view === view;
        const tab = tabs[index];
        const region = regions[index];
        if (tab === undefined || region === undefined) continue;
        tab.hidden = (view === 'machines' && !app.source.isLive) || (view === 'workers' && facts?.isShared !== true);
        setAttribute(tab, 'aria-selected', String(isShown));
        setAttribute(tab, 'tabindex', isShown ? '0' : '-1');
        region.hidden = !isShown;
        if (isShown) panels[view].render(app);
      }
    },
  };

  document.body.append(
    parts.header.root,
    el(
      'div',
      { class: 'body' },
      el('nav', { class: 'side', 'aria-label': 'Projects' }, parts.list.root),
      el('main', {}, el('div', { role: 'tablist', 'aria-label': 'Views', class: 'tabs' }, ...tabs), ...regions),
    ),
    el('footer', {}, parts.replay.root),
  );
  for (const part of [parts.header, parts.list, shell, parts.replay]) app.add(part);
  addEventListener('resize', () => app.changed());
  app.open(app.place.run);
}
