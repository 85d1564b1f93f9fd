import type { App } from './app.ts';
import { el, fill } from './dom.ts';
import type { AttemptName } from './source.ts';

/** The receipt of an attempt, asked for when somebody wants to see it: what really was in force, as it is recorded. */
export function receiptPart(app: App, name: AttemptName): HTMLElement {
  const body = el('div', { class: 'receipt' });
  const part = el('details', {}, el('summary', {}, `Receipt of attempt ${name.attempt}: what was in force`), body);
  part.addEventListener('toggle', () => {
    const run = app.facts?.summary.id;
    if (!part.open || run === undefined || body.childElementCount > 0) return;
    app.source.receipt(run, name).then(
      (receipt) => {
        const { witness, tools, host, contractor } = receipt;
        fill(
          body,
          el(
            'dl',
            {},
            el('dt', {}, 'witness'),
            el(
              'dd',
              {},
              witness === undefined ? 'none: no command was run' : 'read from the kernel before the command began',
            ),
            el('dt', {}, 'network'),
            el('dd', { class: receipt.network ? 'is-open' : 'is-closed' }, receipt.network ? 'yes' : 'none'),
            el('dt', {}, 'tools'),
            el(
              'dd',
              {},
              tools
                .map((tool) =>
                  Object.values(tool)
                    .filter((each) => typeof each === 'string')
                    .join(' '),
                )
                .join(', ') || 'none',
            ),
            el('dt', {}, 'host'),
            el('dd', {}, `${host.system} ${host.kernel} ${host.machine}, contractor ${contractor.version}`),
          ),
          el('pre', { tabindex: '0', 'aria-label': 'The whole receipt' }, JSON.stringify(receipt, null, 2)),
        );
      },
      (error: unknown) =>
        fill(body, el('p', { class: 'faint' }, error instanceof Error ? error.message : String(error))),
    );
  });
  return part;
}
