import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Project } from '../../spec-schema/build-spec.ts';
import { drive } from './drive.ts';
import type { OutcomeType, Way } from './drive.ts';
import { project, step } from './samples.ts';

const projects = fc
  .array(fc.record({ retries: fc.nat(2), continueOnFailure: fc.boolean() }, { requiredKeys: ['continueOnFailure'] }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((steps) => project(...steps.map((keys, index) => step(`s${index}`, keys))));
const outcomeTypes = fc.constantFrom<OutcomeType>(
  'succeeded',
  'failed',
  'temporary',
  'temporary',
  'cancelled',
  'refused',
  'timed-out',
);
const answers = fc.array(outcomeTypes, { maxLength: 15 });

/** The same by other means: no machine, two loops. */
function model({ steps }: Project, given: readonly OutcomeType[]): Pick<Way, 'path' | 'waits'> {
  const path: string[] = [];
  const waits: string[] = [];
  for (const { id, retries, continueOnFailure } of steps) {
    let wait = '';
    for (let attempt = 1; ; attempt += 1) {
      const answer = given[path.length] ?? 'succeeded';
      path.push(`${id}#${attempt}`);
      waits.push(wait);
      if (answer === 'succeeded') break;
      if (answer === 'cancelled') return { path: [...path, 'cancelled'], waits };
      wait = answer === 'temporary' ? `${path.length}h+${['2s', '8s', '30s'][attempt - 1]}` : '';
      const left = (retries ?? (answer === 'temporary' ? 3 : 0)) - attempt;
      if (answer !== 'refused' && left >= 0) continue;
      if (!continueOnFailure) return { path: [...path, 'failed'], waits };
      break;
    }
  }
  return { path: [...path, 'built'], waits };
}

test('a project goes the way of the model', async () => {
  await fc.assert(
    fc.asyncProperty(projects, answers, async (given, each) => {
      expect(await drive(given, { answers: each })).toMatchObject(model(given, each));
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
