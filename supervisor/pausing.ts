import { ContractorError } from '../errors.ts';
import type { Decision, Pausing } from '../machines/project-machine.ts';
import type { Project } from '../spec-schema/build-spec.ts';
import type { RunPausing } from './run-pausing.ts';
import type { BuildOptions, PauseDecision } from './supervisor.ts';

/** What the options of a build ask for; undefined when it is not to pause. @throws PROJECT_UNKNOWN, STEP_UNKNOWN */
export function runPausing(
  { onFailure = 'stop', breakBefore = [] }: Pick<BuildOptions, 'onFailure' | 'breakBefore'>,
  projects: readonly Project[],
): RunPausing | undefined {
  if (onFailure === 'stop' && breakBefore.length === 0) return undefined;
  const before: Record<string, string[]> = {};
  for (const { project: name, step: word } of breakBefore) {
    const project = projects.find((each) => each.name === name);
    if (project === undefined) {
      throw new ContractorError(
        'PROJECT_UNKNOWN',
        `There is no project \`${name}\` in this build to pause.`,
        `It has ${projects.map((each) => `\`${each.name}\``).join(', ')}.`,
      );
    }
    const step = project.steps.find(({ id }, index) => id === word || String(index + 1) === word);
    if (step === undefined) {
      const known = project.steps.map(({ id }) => `\`${id}\``).join(', ');
      throw new ContractorError('STEP_UNKNOWN', `Project \`${name}\` has no step \`${word}\`.`, `It has ${known}.`);
    }
    (before[name] ??= []).push(step.id);
  }
  return { onFailure: onFailure === 'pause', before };
}

/** What of it is for the machine of one project. */
export function pausingOf(pausing: RunPausing | undefined, project: string): Pausing | undefined {
  return pausing && { onFailure: pausing.onFailure, before: pausing.before[project] ?? [] };
}

const EVENTS = { 'go-on': 'GO_ON', skip: 'SKIP', 'give-up': 'GIVE_UP' } as const;

/** What the machine of a paused project is told: of each by name, or the same of all. */
export function decisionFor(
  decide: PauseDecision | Readonly<Record<string, PauseDecision>> | undefined,
): (project: string) => Decision | undefined {
  return (project) => {
    const decision = typeof decide === 'string' ? decide : decide?.[project];
    return decision && { type: EVENTS[decision] };
  };
}
