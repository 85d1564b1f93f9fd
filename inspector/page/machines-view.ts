import type { App, Part } from './app.ts';
import { el, fill, setText } from './dom.ts';
import { foreignChart } from './foreign-chart.ts';
import { applyMessage, type ForeignMachine } from './foreign-machines.ts';

const MOST_SHOWN = 300;
const AGAIN_MS = 2000;

/** Machines that programs with XState 5 tell this inspector of, `contractor build --inspect` among them. */
export function machinesView(app: App): Part & { readonly root: HTMLElement } {
  const machines = new Map<string, ForeignMachine>();
  let socket: WebSocket | undefined;
  let version = 0;
  let drawn = '';
  const address = new URL('inspect', location.href.replace(/#.*/, '')).href.replace(/^http/, 'ws');
  const list = el('div', { class: 'actors', role: 'group', 'aria-label': 'Machines' });
  const title = el('h2');
  const state = el('p', { class: 'faint' });
  const chart = el('div', { class: 'chart', tabindex: '0', role: 'group', 'aria-label': 'Statechart' });
  const context = el('pre', { tabindex: '0', 'aria-label': 'Context' });
  const events = el('pre', { tabindex: '0', 'aria-label': 'Events, newest first' });
  const whole = el(
    'div',
    { class: 'project' },
    title,
    state,
    el('section', { class: 'card' }, chart),
    el('h4', {}, 'Context'),
    context,
    el('h4', {}, 'Events, newest first'),
    events,
  );
  const empty = el(
    'p',
    { class: 'empty' },
    'Nothing has been sent yet. Programs with XState 5 send to ',
    el('code', {}, address),
    ', as contractor build --inspect does.',
  );

  function listen(): void {
    if (socket !== undefined || !app.source.isLive) return;
    socket = new WebSocket(address);
    socket.addEventListener('message', ({ data }) => {
      try {
        applyMessage(machines, data as string);
      } catch {
        return; // What no inspector understands is not shown.
      }
      version += 1;
      app.changed();
    });
    socket.addEventListener('close', () => {
      setTimeout(() => {
        socket = undefined;
        app.changed();
      }, AGAIN_MS);
    });
  }

  return {
    root: el('div', { class: 'machines' }, list, empty, whole),
    render({ place }) {
      listen();
      const all = [...machines.values()].filter(({ definition }) => definition.states !== undefined);
      const chosen = all.find(({ session }) => session === place.actor) ?? all[0];
      const key = `${version} ${chosen?.session ?? ''}`;
      if (key === drawn) return;
      drawn = key;
      empty.hidden = all.length > 0;
      whole.hidden = list.hidden = all.length === 0;
      fill(
        list,
        ...all.slice(0, MOST_SHOWN).map(({ session, name, status }) =>
          el(
            'button',
            {
              type: 'button',
              'aria-pressed': String(session === chosen?.session),
              onclick: () => app.go({ actor: session }),
            },
            `${name} · ${status}`,
          ),
        ),
      );
      if (chosen === undefined) return;
      setText(title, chosen.name);
      setText(state, `${chosen.status} · ${JSON.stringify(chosen.value) ?? 'no state'} · ${chosen.session}`);
      fill(chart, foreignChart(chosen));
      setText(context, JSON.stringify(chosen.context, null, 2) ?? '');
      setText(events, chosen.events.join('\n'));
    },
  };
}
