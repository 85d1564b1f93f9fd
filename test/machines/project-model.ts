import fc from 'fast-check';
import type { Project } from '../../spec-schema/build-spec.ts';
import type { OutcomeType, Way } from './drive.ts';
import { project, step } from './samples.ts';

/** Projects of up to `maxSteps` steps `s0`, `s1`, … */
export function projectsOf({ maxSteps }: { readonly maxSteps: number }): fc.Arbitrary<Project> {
  const keys = fc.record(
    { retries: fc.nat(2), continueOnFailure: fc.boolean() },
    { requiredKeys: ['continueOnFailure'] },
  );
  return fc
    .array(keys, { minLength: 1, maxLength: maxSteps })
    .map((steps) => project(...steps.map((each, index) => step(`s${index}`, each))));
}

/** The machine of a project by other means: no machine, two loops. */
export function projectModel({ steps }: Project, given: readonly OutcomeType[]): Omit<Way, 'context'> {
  const path: string[] = [];
  const waits: string[] = [];
  const made: string[] = [];
  const passedOver: string[] = [];
  const way = (end: string) => ({
    path: [...path, end],
    waits,
    made,
    passedOver,
  });
  for (const { id, retries, continueOnFailure } of steps) {
    let wait = '';
    for (let attempt = 1; ; attempt += 1) {
      const answer = given[path.length] ?? 'succeeded';
      path.push(`${id}#${attempt}`);
      waits.push(wait);
      if (answer === 'succeeded') made.push(id);
      if (answer === 'succeeded') break;
      if (answer === 'cancelled') return way('cancelled');
      wait = answer === 'temporary' ? `${path.length}h+${['2s', '8s', '30s'][attempt - 1]}` : '';
      const left = (retries ?? (answer === 'temporary' ? 3 : 0)) - attempt;
      if (answer !== 'refused' && left >= 0) continue;
      if (!continueOnFailure) return way('failed');
      passedOver.push(id);
      break;
    }
  }
  return way('built');
}
