import { describe, expect, test } from 'vitest';
import { fromPromise } from 'xstate';
import type { AnyStateMachine } from 'xstate';
import { machineOfSave, projectMachine } from '../../machines/project-machine.ts';
import type { StepInput, StepOutput } from '../../machines/project-machine.ts';
import { drive } from './drive.ts';
import type { OutcomeType } from './drive.ts';
import { project, step } from './samples.ts';

const path = async (steps: ReturnType<typeof project>, answers: readonly OutcomeType[]): Promise<readonly string[]> =>
  (await drive(steps, { answers })).path;

describe('a project', () => {
  const plain = project(step('fetch', { retries: 1 }), step('compile'));

  test('is built when its steps succeed, one after the other', async () => {
    expect(await path(plain, [])).toEqual(['fetch#1', 'compile#1', 'built']);
  });

  test('tries a failed step again while it has retries', async () => {
    expect(await path(plain, ['failed'])).toEqual(['fetch#1', 'fetch#2', 'compile#1', 'built']);
    expect(await path(plain, ['timed-out', 'failed'])).toEqual(['fetch#1', 'fetch#2', 'failed']);
  });

  test('does not try again what the host refuses', async () => {
    expect(await path(plain, ['refused'])).toEqual(['fetch#1', 'failed']);
  });

  test('tries a temporary failure again without being told, and no other', async () => {
    const untold = project(step('fetch'));
    const four = ['fetch#1', 'fetch#2', 'fetch#3', 'fetch#4'];
    expect(await path(untold, Array(9).fill('temporary'))).toEqual([...four, 'failed']);
    expect(await path(untold, ['temporary', 'failed'])).toEqual(['fetch#1', 'fetch#2', 'failed']);
    expect(await path(untold, ['failed'])).toEqual(['fetch#1', 'failed']);
  });

  test.for([0, 1, 4])('tries a temporary failure again %i times where the step says so', async (retries) => {
    const way = await path(project(step('fetch', { retries })), Array(9).fill('temporary'));
    expect(way).toHaveLength(1 + retries + 1);
  });

  test('waits longer before each attempt after a temporary failure, and not at all after another', async () => {
    const told = project(step('fetch', { retries: 6 }), step('compile', { retries: 1 }));
    const answers: OutcomeType[] = ['temporary', 'temporary', 'failed', 'temporary', 'temporary', 'temporary'];
    const { waits, context } = await drive(told, { answers: [...answers, 'succeeded', 'failed'] });
    expect(waits).toEqual(['', '1h+2s', '2h+8s', '', '4h+60s', '5h+60s', '6h+60s', '', '']);
    expect(context.retryAt).toBeUndefined();
  });

  test('begins the step after one that was passed over at once', async () => {
    const lenient = project(step('fetch', { retries: 1, continueOnFailure: true }), step('compile'));
    expect((await drive(lenient, { answers: ['temporary', 'temporary'] })).waits).toEqual(['', '1h+2s', '']);
  });

  test('passes over a step that may fail, and remembers it', async () => {
    const lenient = project(step('lint', { continueOnFailure: true }), step('compile'));
    const way = await drive(lenient, { answers: ['failed'] });
    expect(way.path).toEqual(['lint#1', 'compile#1', 'built']);
    expect(way.context).toMatchObject({ passedOver: ['lint'], tree: { workspace: [{ id: 'compile' }] } });
  });

  test('ends cancelled, whatever retries and leniency it has', async () => {
    const lenient = project(step('lint', { continueOnFailure: true, retries: 3 }), step('compile'));
    expect(await path(lenient, ['cancelled'])).toEqual(['lint#1', 'cancelled']);
  });

  test('begins each attempt from the tree of the steps that succeeded', async () => {
    expect((await drive(plain, { answers: ['failed'] })).context.tree.workspace).toEqual([
      { type: 'layer', id: 'fetch' },
      { type: 'layer', id: 'compile' },
    ]);
  });

  test('may have steps whose titles hold `.` and `#`', async () => {
    expect(await path(project(step('a.b#c'), step('a.b#c')), [])).toEqual(['a.b#c#1', 'a.b#c#1', 'built']);
    const backslash = String.raw`printf 'a.b\n' \\`;
    expect(await path(project(step(backslash), step(backslash)), [])).toEqual([
      `${backslash}#1`,
      `${backslash}#1`,
      'built',
    ]);
  });

  test('gives the same machine each time, byte for byte', () => {
    const json = JSON.stringify(projectMachine(plain).config);
    expect(JSON.stringify(projectMachine(structuredClone(plain)).config)).toBe(json);
    expect(json).toContain('"src":"runStep"');
  });

  test('that is gone on with has no states for the steps that lie behind, and is the same by its data', () => {
    const runStep = fromPromise<StepOutput, StepInput>(() => new Promise(() => undefined));
    const of = (state: string | undefined, onFailure = false) =>
      machineOfSave({ project: plain, pausing: { onFailure, before: [] } }, { state, runStep });
    const names = ({ machine }: { readonly machine: AnyStateMachine }) => Object.keys(machine.states);
    const ends = ['built', 'failed', 'cancelled'];
    expect(names(of(undefined))).toEqual(['1 fetch', '2 compile', ...ends]);
    expect(names(of('2 compile'))).toEqual(['2 compile', ...ends]);
    expect(of('2 compile').data).toBe(of(undefined).data);
    // A pause leads back.
    expect(names(of('paused', true))).toEqual(['1 fetch', '2 compile', 'paused', ...ends]);
  });
});
