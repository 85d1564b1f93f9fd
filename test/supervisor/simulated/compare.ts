import type { Plan } from './plan.ts';
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
