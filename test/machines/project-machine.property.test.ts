import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Project } from '../../spec-schema/build-spec.ts';
import { drive } from './drive.ts';
import type { OutcomeType } from './drive.ts';
import { project, step } from './samples.ts';

const projects = fc
  .array(fc.record({ retries: fc.nat(2), continueOnFailure: fc.boolean() }), { minLength: 1, maxLength: 5 })
  .map((steps) => project(...steps.map((keys, index) => step(`s${index}`, keys))));
const outcomeTypes = fc.constantFrom<OutcomeType>('succeeded', 'failed', 'cancelled', 'refused', 'timed-out');
const answers = fc.array(outcomeTypes, { maxLength: 15 });

/** The same by other means: no machine, two loops. */
function model({ steps }: Project, given: readonly OutcomeType[]): string[] {
  const path: string[] = [];
  for (const { id, retries = 0, continueOnFailure } of steps) {
    for (let attempt = 1; ; attempt += 1) {
      const answer = given[path.length] ?? 'succeeded';
      path.push(`${id}#${attempt}`);
      if (answer === 'succeeded') break;
      if (answer === 'cancelled') return [...path, 'cancelled'];
      if (answer !== 'refused' && attempt <= retries) continue;
      if (!continueOnFailure) return [...path, 'failed'];
      break;
    }
  }
  return [...path, 'built'];
}

test('a project goes the way of the model', async () => {
  await fc.assert(
    fc.asyncProperty(projects, answers, async (given, each) => {
      expect((await drive(given, { answers: each })).path).toEqual(model(given, each));
    }),
  );
});

test('a project that is saved and restored, anywhere and often, ends as if it never was', async () => {
  await fc.assert(
    fc.asyncProperty(projects, answers, fc.array(fc.nat(12)), async (given, each, crashes) => {
      expect(await drive(given, { answers: each, crashes })).toEqual(await drive(given, { answers: each }));
    }),
  );
});
