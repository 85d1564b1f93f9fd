import type { PlannedStep } from '../../index.ts';
import { el } from './dom.ts';
import { limitText } from './words.ts';

const PLACES: Readonly<Record<PlannedStep['isolation']['runsIn'], string>> = {
  contractor: 'in contractor itself, no command is run',
  'vetted-tool': 'a vetted tool of the host, in a sandbox',
  container: 'a security container',
};

/** What a step may see and reach. */
export function isolationRows({ isolation, timeoutMs, retries, limits = [] }: PlannedStep): HTMLElement {
  const list = (items: readonly string[]): HTMLElement =>
    items.length === 0 ? el('dd', {}, 'nothing') : el('dd', {}, ...items.map((item) => el('div', {}, item)));
  return el(
    'dl',
    { class: 'isolation' },
    el('dt', {}, 'runs in'),
    el('dd', {}, PLACES[isolation.runsIn]),
    el('dt', {}, 'network'),
    el('dd', { class: isolation.network ? 'is-open' : 'is-closed' }, isolation.network ? 'yes' : 'none'),
    el('dt', {}, 'reads'),
    list(isolation.reads),
    el('dt', {}, 'writes'),
    list(isolation.writes),
    ...(timeoutMs === undefined ? [] : [el('dt', {}, 'time limit'), el('dd', {}, `${timeoutMs / 1000} s`)]),
    ...(limits.length === 0
      ? []
      : [
          el('dt', {}, 'limits'),
          el('dd', {}, limits.map(({ limit, value, unit }) => limitText(limit, { value, unit })).join(', ')),
        ]),
    ...(retries === 0 ? [] : [el('dt', {}, 'retries'), el('dd', {}, String(retries))]),
  );
}
