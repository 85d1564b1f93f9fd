import { join } from 'node:path';
import type { ArtifactPlace } from '../../actions/action.ts';
import { text } from '../../actions/parameters.ts';
import type { ProjectTree } from '../../machines/project-tree.ts';
import { EMPTY_TREE } from '../../machines/project-tree.ts';
import type { Project, Step } from '../../spec-schema/build-spec.ts';
import type { RunWorld } from '../run-world.ts';
import type { ReusedStep } from '../record-reuse.ts';
import { reusableResult } from '../reusable-result.ts';
import { usedArtifacts } from '../used-artifacts.ts';
import { stepKey, stepKeyInputs } from '../step-key.ts';
import type { StepKeyInputs } from '../step-key.ts';
import { Turn } from '../turn.ts';
import type { ProjectState } from './assessment.ts';
import { causeOfChange } from './cause-of-change.ts';
import type { Cause } from './cause.ts';

/** How it stands with a project; of one that is up to date with all that it takes over. */
export type Assessed =
  (Extract<ProjectState, { type: 'stale' | 'waits' }> & { readonly reused?: undefined }) | CurrentProject;

/** A project that is up to date. */
export type CurrentProject = Extract<ProjectState, { type: 'current' }> & { readonly reused: readonly ReusedStep[] };

/** What an assessment looks at, and for whom. */
export interface AssessPlace extends Pick<RunWorld, 'store' | 'actions' | 'sandbox' | 'begunAt'> {
  /** What was asked of the outside world before. */
  readonly outside: Pick<RunWorld['outside'], 'answer'>;
  /** Why no result is to be taken for a step, where somebody asked for that. */
  readonly refusesReuse: (project: string, step: Step) => Cause | undefined;
  /** The run that asks, whose own results are not meant. */
  readonly run?: string;
  /** Which version of an artifact is taken where no project of these makes it; by default the newest. */
  readonly artifact?: (name: string) => { readonly version: number; readonly digest: string } | undefined;
}

/**
 * For each project, in the order given (each after those it needs), whether every step of it has
 * a result at hand that is made of just what it would be made of now. It looks at records alone: nothing is asked.
 *
 * The thread is given back in between, and others may change the store meanwhile: who takes over a result
 * looks whether it is still there (`still-there.ts`). Of each artifact one version is looked at.
 */
export async function assessProjects(projects: readonly Project[], place: AssessPlace): Promise<readonly Assessed[]> {
  const assessor = new Assessor(projects, place);
  const turn = new Turn();
  const assessed: Assessed[] = [];
  for (const project of projects) {
    assessed.push(assessor.assess(project));
    await turn.rest();
  }
  return assessed;
}

/** The same of one project at once, so that it may be done within a transaction of the store. */
export function assessProject(project: Project, place: AssessPlace): Assessed {
  return new Assessor([project], place).assess(project);
}

interface Artifact {
  readonly version: number;
  readonly digest: string;
}

class Assessor {
  readonly #place: AssessPlace;
  /** Which project makes an artifact. */
  readonly #makers = new Map<string, string>();
  readonly #states = new Map<string, Assessed['type']>();
  readonly #artifacts = new Map<string, Artifact | undefined>();
  readonly #knownTrees = new Map<string, boolean>();

  constructor(projects: readonly Project[], place: AssessPlace) {
    this.#place = place;
    for (const { name, steps } of projects) {
      for (const step of steps) {
        const { makesArtifact } = this.#place.actions.named(step.action).declaration;
        if (makesArtifact !== undefined) this.#makers.set(text(step, makesArtifact), name);
      }
    }
  }

  assess(project: Project): Assessed {
    const state = this.#stateOf(project);
    this.#states.set(project.name, state.type);
    return state;
  }

  #stateOf(project: Project): Assessed {
    const { name, dependsOn, steps } = project;
    const open = dependsOn.filter((needed) => (this.#states.get(needed) ?? 'current') !== 'current');
    const reused: ReusedStep[] = [];
    let tree = EMPTY_TREE;
    for (const step of steps) {
      const taken = usedArtifacts(step, this.#place.actions.named(step.action).declaration);
      if (taken.some((one) => open.includes(this.#makers.get(one) ?? ''))) break; // What it takes is not known yet.
      const found = this.#resultOf(step, { project: name, tree, taken });
      if ('type' in found) return { type: 'stale', project: name, step: step.id, because: found };
      reused.push(found);
      tree = found.found.result.tree;
      const { published } = found.found;
      if (published !== undefined) this.#artifacts.set(published.name, published);
    }
    if (open.length > 0) return { type: 'waits', project: name, for: open };
    const from = reused.map(({ step, found: { attempt } }) => ({
      step: step.id,
      run: attempt.run,
      attempt: attempt.reusedFrom ?? attempt.id,
    }));
    return { type: 'current', project: name, steps: from, reused };
  }

  /** The result to take over for a step, or why there is none. */
  #resultOf(
    step: Step,
    {
      project,
      tree,
      taken,
    }: { readonly project: string; readonly tree: ProjectTree; readonly taken: readonly string[] },
  ): ReusedStep | Cause {
    const refused = this.#place.refusesReuse(project, step);
    if (refused !== undefined) return refused;
    const artifacts: ArtifactPlace[] = [];
    for (const name of taken) {
      const found = this.#artifact(name);
      if (found === undefined) return { type: 'artifact-missing', artifact: name };
      artifacts.push({ name, version: found.version, digest: found.digest });
    }
    const outside = this.#place.outside.answer(step);
    const action = this.#place.actions.named(step.action);
    if (action.outside !== undefined && outside === undefined) return { type: 'outside-unknown' };
    const keyInputs = stepKeyInputs(step, { action, tree, artifacts, outside });
    const key = stepKey(keyInputs);
    const { run = '', begunAt } = this.#place;
    const found = reusableResult({ project, key, before: begunAt, notOf: run }, this.#place, this.#knownTrees);
    if (found?.type === 'reusable') return { step, key, keyInputs, found };
    if (found?.type === 'gone') return { type: 'result-gone', what: found.what };
    return this.#causeOf(step, { project, key, keyInputs });
  }

  #causeOf(
    step: Step,
    { project, key, keyInputs }: { readonly project: string; readonly key: string; readonly keyInputs: StepKeyInputs },
  ): Cause {
    const { store, actions } = this.#place;
    const last = store.lastEnded(project, step.id);
    const before = last && (store.keyInputs(last.id) as StepKeyInputs | undefined);
    if (last?.type !== 'ended' || before === undefined) return { type: 'first-time' };
    const isSame = stepKey(before) === key;
    if (isSame && last.outcome.type !== 'succeeded') return { type: 'failed-before', run: last.run };
    if (isSame) return { type: 'result-gone', what: 'what it made' };
    return (
      causeOfChange(step, { before, now: keyInputs }, { store, actions }) ?? {
        type: 'result-gone',
        what: 'what it made',
      }
    );
  }

  /** The version that a project which takes it would get. */
  #artifact(name: string): Artifact | undefined {
    if (this.#artifacts.has(name)) return this.#artifacts.get(name);
    const { store, sandbox, artifact } = this.#place;
    const found = artifact === undefined ? store.findArtifact(name) : artifact(name);
    const isThere =
      found !== undefined && sandbox.hasTree(store.paths.trees, join('artifacts', name, found.digest, 'tree'));
    this.#artifacts.set(name, isThere ? found : undefined);
    return isThere ? found : undefined;
  }
}
