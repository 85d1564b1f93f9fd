import fc from 'fast-check';
import type { Project, Step } from '../../../spec-schema/build-spec.ts';

/** How a command ends; `hangs`: never, until its time is up. `killed`: by a signal from outside, each time. `exceeds`: a limit. */
export type Answer = 'succeeds' | 'fails' | 'hangs' | 'killed' | 'exceeds' | 'broken';

/** What is to be built, as data that can be read in a counterexample. */
export interface Plan {
  readonly jobs: number;
  readonly projects: readonly ProjectPlan[];
}

export interface ProjectPlan {
  /** Project n needs those of its list that come before it. */
  readonly needs: readonly number[];
  readonly steps: readonly StepPlan[];
}

export type StepPlan =
  | {
      readonly does: 'run';
      readonly ms: number;
      /** Answer n is that to the machine's attempt n; the last one stays. */
      readonly answers: readonly Answer[];
      readonly retries?: number;
      readonly continueOnFailure?: boolean;
    }
  /** Publishes the workspace as the artifact of the project. */
  | { readonly does: 'publish' }
  /** Unpacks the artifact of a project: at the top, where it is mounted, or in a directory, where it is linked. */
  | { readonly does: 'unpack'; readonly from: number; readonly linked: boolean };

/** What the simulated keeper finds as the script of a step. */
export interface Behaviour {
  readonly ms: number;
  readonly answers: readonly Answer[];
  /** What it leaves in the workspace; by default something that no other script leaves. */
  readonly writes?: string;
}

/** Commands that hang are killed after so long. */
const TIMEOUT_MS = 900;

export const BASE_ARTIFACT = 'base';

export function projectsOfPlan({ projects }: Plan): Project[] {
  return projects.map(({ needs, steps }, index) => ({
    name: `p${index}`,
    dependsOn: [...new Set(needs)].filter((each) => each < index).map((each) => `p${each}`),
    steps: [
      stepOf('0-system', 'create-systree', { 'artifact-name': BASE_ARTIFACT, 'container-name': 'c' }),
      ...steps.map((step, nth) => stepOfPlan(step, { id: `${nth + 1}-${step.does}`, project: index })),
    ],
  }));
}

function stepOfPlan(step: StepPlan, { id, project }: { readonly id: string; readonly project: number }): Step {
  switch (step.does) {
    case 'run': {
      const { ms, answers, retries, continueOnFailure = false } = step;
      const behaviour: Behaviour = { ms, answers };
      return {
        ...stepOf(id, 'shell', { 'container-name': 'c', shell: JSON.stringify(behaviour) }),
        timeoutMs: TIMEOUT_MS,
        continueOnFailure,
        ...(retries === undefined ? {} : { retries }),
      };
    }
    case 'publish':
      return stepOf(id, 'create-artifact', { 'artifact-name': `a${project}` });
    case 'unpack': {
      const directory = step.linked ? { directory: 'd' } : {};
      return stepOf(id, 'unpack-artifact', { 'artifact-name': `a${step.from}`, ...directory });
    }
  }
}

function stepOf(id: string, action: string, parameters: Step['parameters']): Step {
  return { id, title: id, action, parameters, continueOnFailure: false };
}

const runs: fc.Arbitrary<StepPlan> = fc.record(
  {
    does: fc.constant('run'),
    ms: fc.integer({ min: 1, max: 600 }),
    answers: fc.array(
      fc.constantFrom<Answer>('succeeds', 'succeeds', 'succeeds', 'fails', 'hangs', 'killed', 'exceeds', 'broken'),
      {
        minLength: 1,
        maxLength: 2,
      },
    ),
    retries: fc.nat(2),
    continueOnFailure: fc.boolean(),
  },
  { requiredKeys: ['does', 'ms', 'answers'] },
);
const publishes: fc.Arbitrary<StepPlan> = fc.constant({ does: 'publish' });
const unpacks: fc.Arbitrary<StepPlan> = fc.record({
  does: fc.constant('unpack'),
  from: fc.nat(1),
  linked: fc.boolean(),
});

/** Plans of two to four projects. What is unpacked may never have been published: that is refused. */
export const plans: fc.Arbitrary<Plan> = fc
  .record({
    jobs: fc.integer({ min: 1, max: 3 }),
    projects: fc.array(
      fc.record({
        needs: fc.array(fc.nat(2), { maxLength: 2 }),
        steps: fc.array(fc.oneof({ weight: 4, arbitrary: runs }, publishes, unpacks), { minLength: 1, maxLength: 3 }),
      }),
      { minLength: 2, maxLength: 4 },
    ),
  })
  .map(({ jobs, projects }) => ({ jobs, projects: projects.map(needingWhatItUnpacks) }));

/** As the parser has it: who uses an artifact needs who makes it. A project does not use its own. */
function needingWhatItUnpacks({ needs, steps }: ProjectPlan, index: number): ProjectPlan {
  const possible = steps.filter((step) => step.does !== 'unpack' || step.from < index);
  const used = possible.flatMap((step) => (step.does === 'unpack' ? [step.from] : []));
  return { needs: [...new Set([...needs, ...used])].filter((each) => each < index), steps: possible };
}
