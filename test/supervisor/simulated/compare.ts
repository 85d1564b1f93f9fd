import type { Answer, Plan, StepPlan } from './plan.ts';
import type { Simulated } from './simulate.ts';

/**
 * All that is wrong with a run that faults have happened to, beside the same without any.
 *
 * Which projects a failure keeps from being started is a matter of time, where
 * several run at once. Then the result has to be the same, and all that both have built.
 */
export function problemsOf(
  plan: Plan,
  { calm, faulty }: { readonly calm: Simulated; readonly faulty: Simulated },
): string[] {
  const problems = [...faulty.wrong];
  const same = (what: string, a: unknown, b: unknown): void => {
    const [was, is] = [JSON.stringify(a), JSON.stringify(b)];
    if (was !== is) problems.push(`${what}: ${is} instead of ${was}`);
  };
  same('result', calm.result, faulty.result);
  for (const [index] of plan.projects.entries()) {
    const end = calm.ends[`p${index}`];
    if (end !== 'skipped') same(`p${index} without faults`, ownEnd(plan, index), end);
  }
  const anyOrder = plan.jobs > 1 && calm.result === 'failed';
  for (const [project, end] of Object.entries(calm.ends)) {
    const isSkipped = end === 'skipped' || faulty.ends[project] === 'skipped';
    if (anyOrder && isSkipped) continue;
    same(project, end, faulty.ends[project]);
    same(`tree of ${project}`, calm.trees[project], faulty.trees[project]);
  }
  for (const [artifact, content] of Object.entries(calm.artifacts)) {
    if (anyOrder && faulty.artifacts[artifact] === undefined) continue;
    same(`artifact ${artifact}`, content, faulty.artifacts[artifact]);
  }
  return problems;
}

/** How a project ends when it is built, by other means than those of a build. */
function ownEnd({ projects }: Plan, index: number): 'built' | 'failed' {
  const publishes = (project: number): boolean =>
    projects[project]?.steps.some(({ does }) => does === 'publish') === true;
  const succeeds = (step: StepPlan): boolean => {
    if (step.does === 'unpack') return publishes(step.from);
    if (step.does === 'publish' || step.continueOnFailure === true) return true;
    const attempts = Array.from({ length: (step.retries ?? 0) + 1 }, (_, nth) => answerTo(step.answers, nth + 1));
    const good = attempts.indexOf('succeeds');
    return good !== -1 && !attempts.slice(0, good).includes('broken');
  };
  return projects[index]?.steps.every(succeeds) === true ? 'built' : 'failed';
}

function answerTo(answers: readonly Answer[], attempt: number): Answer | undefined {
  return answers[Math.min(attempt, answers.length) - 1];
}
