import type { ProjectFacts } from '../facts.ts';
import { el, setText } from './dom.ts';
import { currentStep, type ProjectModel } from './run-model.ts';
import { timeText } from './words.ts';

/** What a project's machine remembers: what the events say at any moment, and what is saved now. */
export function contextPart(): {
  readonly root: HTMLElement;
  readonly show: (project: ProjectModel, facts: ProjectFacts | undefined, isReplay: boolean) => void;
} {
  const state = el('dd');
  const attempt = el('dd');
  const passed = el('dd');
  const waits = el('dd');
  const saved = el('pre', { tabindex: '0', 'aria-label': 'Saved context' });
  const savedTitle = el('summary', {}, 'As it is saved');
  const box = el('details', {}, savedTitle, saved);
  return {
    root: el(
      'div',
      {},
      el(
        'dl',
        {},
        el('dt', {}, 'state'),
        state,
        el('dt', {}, 'attempt'),
        attempt,
        el('dt', {}, 'waits until'),
        waits,
        el('dt', {}, 'passed over'),
        passed,
      ),
      box,
    ),
    show(project, facts, isReplay) {
      const step = currentStep(project);
      setText(state, step?.title ?? project.state);
      setText(attempt, String(step?.attempts.at(-1)?.number ?? '–'));
      setText(waits, step?.waitsUntil === undefined ? '–' : timeText(step.waitsUntil));
      setText(
        passed,
        project.steps
          .filter(({ passedOver }) => passedOver)
          .map(({ id }) => id)
          .join(', ') || '–',
      );
      box.hidden = facts?.saved === undefined;
      setText(savedTitle, isReplay ? 'As it is saved now (not at this moment of the replay)' : 'As it is saved');
      setText(saved, facts?.saved === undefined ? '' : JSON.stringify(facts.saved, null, 2));
    },
  };
}
