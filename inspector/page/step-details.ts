import type { ProjectFacts } from '../facts.ts';
import type { App } from './app.ts';
import { el } from './dom.ts';
import { isolationRows } from './isolation-rows.ts';
import { receiptPart } from './receipt-part.ts';
import type { AttemptModel, ProjectModel, StepModel } from './run-model.ts';
import { adviceOf, durationText, glyphOf, outcomeText, progressText, timeText } from './words.ts';

/** A step: how its attempts went, what it may see and reach, and what to type to look further. */
export function stepDetails(
  app: App,
  { project, step, facts }: { project: ProjectModel; step: StepModel; facts: ProjectFacts | undefined },
): HTMLElement[] {
  const plan = facts?.steps.find(({ id }) => id === step.id);
  const run = app.facts?.summary.id ?? '';
  const command = app.facts?.command ?? 'contractor';
  const last = step.attempts.at(-1);
  const advice = last?.outcome === undefined ? undefined : adviceOf(last.outcome);
  return [
    el(
      'h3',
      {},
      el('span', { class: `glyph is-${step.state}`, 'aria-hidden': 'true' }, glyphOf(step.state)),
      el('span', { class: 'title' }, step.title),
      el('span', { class: 'faint' }, `${step.id} · ${step.state}${step.passedOver ? ', passed over' : ''}`),
    ),
    ...(step.progress === undefined ? [] : [el('p', { class: 'remark' }, progressText(step.progress))]),
    ...(step.remark === undefined ? [] : [el('p', { class: 'remark' }, step.remark)]),
    ...(advice === undefined ? [] : [el('p', { class: 'advice' }, advice)]),
    step.attempts.length === 0
      ? el('p', { class: 'faint' }, 'It has not begun.')
      : el(
          'table',
          { class: 'attempts' },
          attemptsHead(),
          el('tbody', {}, ...step.attempts.toReversed().map(attemptRow)),
        ),
    ...(plan === undefined ? [] : [el('h4', {}, 'What it may see and reach'), isolationRows(plan)]),
    ...(last === undefined ? [] : [receiptPart(app, { project: project.name, step: step.id, attempt: last.number })]),
    ...(last === undefined
      ? []
      : [
          el('h4', {}, 'To type'),
          ...commandsOf({ command, run, project: project.name, step: step.id }, canBeMadeByHand()).map(copyRow),
        ]),
  ];

  /** What a shell leaves can be the result of the step that a project has failed at. */
  function canBeMadeByHand(): boolean {
    const hasFailed = step.state === 'failed' && (project.state === 'failed' || project.pausedAt === step.id);
    return hasFailed && plan?.isolation.runsIn === 'container';
  }

  function attemptRow(attempt: AttemptModel): HTMLElement {
    const { number, startedAt, endedAt, outcome, reused } = attempt;
    const how = outcome === undefined ? (step.state === 'interrupted' ? 'interrupted' : 'running') : outcome.type;
    return el(
      'tr',
      {},
      el('td', {}, String(number)),
      el('td', {}, timeText(startedAt)),
      el('td', {}, reused ? 'reused' : durationText((endedAt ?? app.now) - startedAt)),
      el('td', { class: `is-${how}` }, outcome === undefined ? how : outcomeText(outcome)),
      el(
        'td',
        {},
        el(
          'button',
          {
            type: 'button',
            class: 'link',
            'aria-label': `Log of ${step.id}, attempt ${number}`,
            onclick: () =>
              app.go({ view: 'log', project: project.name, step: step.id, attempt: number, line: undefined }),
          },
          'Log',
        ),
      ),
    );
  }

  function copyRow(text: string): HTMLElement {
    return el(
      'div',
      { class: 'copy' },
      el('code', {}, text),
      el('button', { type: 'button', class: 'small', 'aria-label': `Copy ${text}`, onclick: () => copy(text) }, 'Copy'),
    );
  }

  function copy(text: string): void {
    navigator.clipboard.writeText(text).then(
      () => app.tell('Copied.'),
      () => app.tell('The browser does not let this page copy. Mark the text instead.'),
    );
  }
}

function attemptsHead(): HTMLElement {
  const titles = ['#', 'Began', 'Took', 'Outcome', ''];
  return el(
    'thead',
    {},
    el('tr', {}, ...titles.map((title) => (title === '' ? el('td') : el('th', { scope: 'col' }, title)))),
  );
}

/** What is typed to look further at a step. */
function commandsOf(
  { command, run, project, step }: Readonly<Record<'command' | 'run' | 'project' | 'step', string>>,
  byHand: boolean,
): string[] {
  const verbs = ['shell', ...(byHand ? ['shell --commit'] : []), 'logs', 'logs --receipt', 'diff'];
  return verbs.map((verb) => `${command} ${verb} ${run}:${project}:${step}`);
}
