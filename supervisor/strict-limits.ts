import type { ActionSet } from '../actions/action-set.ts';
import { ContractorError } from '../errors.ts';
import type { ControlGroups } from '../sandbox/limits/control-groups.ts';
import { mendOfLimit, unenforcedLimits } from '../sandbox/limits/limit-findings.ts';
import type { LimitFinding } from '../sandbox/limits/limit-findings.ts';
import type { Project, Step } from '../spec-schema/build-spec.ts';

/** The limits that this host does not hold steps of these projects to exactly, each once. */
export function unenforcedOf(
  projects: readonly Project[],
  { groups, actions }: { readonly groups: ControlGroups; readonly actions: ActionSet },
): LimitFinding[] {
  const found = new Map<string, LimitFinding>();
  const unenforced = unenforcedOn(groups);
  for (const { steps } of projects) {
    for (const step of steps.filter((each) => isSandboxed(each, actions))) {
      for (const each of unenforced(step)) found.set(each.limit, each);
    }
  }
  return [...found.values()];
}

/** Refuses what is to be strict where this host would only watch it. @throws HOST_UNSUITABLE */
export function assertStrictLimits(
  projects: readonly Project[],
  {
    groups,
    actions,
    strict,
  }: { readonly groups: ControlGroups; readonly actions: ActionSet; readonly strict: boolean },
): void {
  const unenforced = unenforcedOn(groups);
  const faults = projects.flatMap(({ name, steps }) =>
    steps
      .filter((step) => isSandboxed(step, actions) && (strict || step.limits?.strict === true))
      .flatMap((step) => unenforced(step).map((found) => ({ place: `${name}/${step.id}`, found }))),
  );
  const [first] = faults;
  if (first === undefined) return;
  const byLimit = Map.groupBy(faults, ({ found }) => found.limit);
  throw new ContractorError(
    'HOST_UNSUITABLE',
    `This host does not enforce all limits, which are to be strict. ${[...byLimit]
      .map(([limit, [one, ...more]]) => {
        const others = more.length === 0 ? '' : ` and ${more.length} more`;
        return `\`${limit}\` of ${one?.place ?? ''}${others}: ${one?.found.consequence ?? ''}`;
      })
      .join(' ')}`,
    [...new Set(faults.map(({ found }) => mendOfLimit(found)))].join(' '),
  );
}

/** What is found out once for all steps with the same limits: of thousands most have none of their own. */
function unenforcedOn(groups: ControlGroups): (step: Step) => readonly LimitFinding[] {
  const known = new Map<string, readonly LimitFinding[]>();
  return ({ limits = {} }) => {
    const words = JSON.stringify(limits);
    const found = known.get(words) ?? unenforcedLimits(groups, limits);
    known.set(words, found);
    return found;
  };
}

function isSandboxed(step: Step, actions: ActionSet): boolean {
  return actions.named(step.action).isolation(step).runsIn !== 'contractor';
}
