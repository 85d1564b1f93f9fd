import { createActor, fromPromise } from 'xstate';
import type { Snapshot } from 'xstate';
import { describe, expect, test } from 'vitest';
import { projectMachine } from '../../machines/project-machine.ts';
import type { Decision, Pausing, ProjectContext, StepInput, StepOutput } from '../../machines/project-machine.ts';
import { output } from './drive.ts';
import type { OutcomeType } from './drive.ts';
import { project, step } from './samples.ts';

/** The way through a machine that pauses: its attempts, `paused at STEP`, and the end. Saved, and restored, at each pause. */
async function way(
  of: ReturnType<typeof project>,
  { answers, decisions, pausing }: { answers: OutcomeType[]; decisions: Decision['type'][]; pausing: Pausing },
): Promise<string[]> {
  const path: string[] = [];
  let attempts = 0;
  const left = [...decisions];
  const runStep = fromPromise<StepOutput, StepInput>(({ input }) => {
    path.push(`${input.step}#${input.attempt}`);
    const type = answers[attempts] ?? 'succeeded';
    return Promise.resolve(output(input, { type, nth: (attempts += 1) }));
  });
  let saved: Snapshot<unknown> | undefined;
  for (;;) {
    const actor = createActor(projectMachine(of, runStep, pausing), saved === undefined ? {} : { snapshot: saved });
    const state = (): { value: string; context: ProjectContext } => actor.getSnapshot();
    const decision = left.length > 0 && saved !== undefined ? left.shift() : undefined;
    const stopped = new Promise<void>((resolve, reject) => {
      actor.subscribe({
        next: () => {
          if (state().value === 'paused' && (saved === undefined || decision === undefined || isDecided)) resolve();
        },
        complete: () => resolve(),
        error: reject,
      });
    });
    let isDecided = false;
    actor.start();
    isDecided = true;
    if (decision !== undefined) actor.send({ type: decision });
    await stopped;
    const { value, context } = state();
    if (value !== 'paused') return [...path, value];
    path.push(`paused at ${context.pausedAt?.step} for a ${context.pausedAt?.because}`);
    saved = JSON.parse(JSON.stringify(actor.getPersistedSnapshot())) as Snapshot<unknown>;
    actor.stop();
    if (left.length === 0) return path;
  }
}

const two = project(step('fetch', { retries: 1 }), step('compile'));
const onFailure = { onFailure: true, before: [] };

describe('a project that pauses', () => {
  test('does so when a step has failed for good, and tries it once more when it is told to go on', async () => {
    const answers: OutcomeType[] = ['failed', 'failed', 'failed'];
    expect(await way(two, { answers, decisions: ['GO_ON', 'GO_ON'], pausing: onFailure })).toEqual([
      'fetch#1',
      'fetch#2',
      'paused at fetch for a failure',
      'fetch#3',
      'paused at fetch for a failure',
      'fetch#4',
      'compile#1',
      'built',
    ]);
  });

  test('passes over the step, or ends, as it is told', async () => {
    const answers: OutcomeType[] = ['refused'];
    const told = (decision: Decision['type']) => way(two, { answers, decisions: [decision], pausing: onFailure });
    expect(await told('SKIP')).toEqual(['fetch#1', 'paused at fetch for a failure', 'compile#1', 'built']);
    expect(await told('GIVE_UP')).toEqual(['fetch#1', 'paused at fetch for a failure', 'failed']);
    expect(await told('CANCEL')).toEqual(['fetch#1', 'paused at fetch for a failure', 'cancelled']);
  });

  test('does so before a step, be it the first', async () => {
    const pausing = { onFailure: false, before: ['fetch', 'compile'] };
    const breaks = ['paused at fetch for a break', 'paused at compile for a break'] as const;
    expect(await way(two, { answers: [], decisions: ['GO_ON', 'GO_ON'], pausing })).toEqual([
      breaks[0],
      'fetch#1',
      breaks[1],
      'compile#1',
      'built',
    ]);
    expect(await way(two, { answers: [], decisions: ['SKIP', 'SKIP'], pausing })).toEqual([...breaks, 'built']);
  });

  test('fails as ever where it is not to pause, and is cancelled as ever', async () => {
    const pausing = { onFailure: false, before: ['compile'] };
    expect(await way(two, { answers: ['refused'], decisions: [], pausing })).toEqual(['fetch#1', 'failed']);
    expect(await way(two, { answers: ['cancelled'], decisions: [], pausing: onFailure })).toEqual([
      'fetch#1',
      'cancelled',
    ]);
  });

  test('is another machine than one that does not, which has no such state', () => {
    const config = (pausing?: Pausing): string => JSON.stringify(projectMachine(two, undefined, pausing).config);
    expect(config()).toBe(config({ onFailure: false, before: ['nothing'] }));
    expect(config()).not.toContain('paused');
    expect(config(onFailure)).not.toBe(config());
  });
});
