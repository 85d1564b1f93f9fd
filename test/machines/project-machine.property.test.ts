import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drive, OUTCOME_TYPES } from './drive.ts';
import type { OutcomeType } from './drive.ts';
import { projectModel, projectsOf } from './project-model.ts';

const projects = projectsOf({ maxSteps: 5 });
const answers = fc.array(fc.constantFrom<OutcomeType>(...OUTCOME_TYPES, 'temporary'), { maxLength: 15 });

test('a project goes the way of the model', async () => {
  await fc.assert(
    fc.asyncProperty(projects, answers, async (given, each) => {
      expect(await drive(given, { answers: each })).toMatchObject(projectModel(given, each));
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
