import type { ActionSet } from '../../actions/action-set.ts';
import { text } from '../../actions/parameters.ts';
import { ContractorError } from '../../errors.ts';
import type { BuildSpec, Project } from '../../spec-schema/build-spec.ts';
import type { Store } from '../../store/open-store.ts';
import type { NewEvent } from '../build-event.ts';
import type { Assessment, ProjectState } from './assessment.ts';
import type { CauseLink, Explanation, LastBuilt } from './explanation.ts';

/** Why a project, or one of its steps, is to be built or was built last. @throws STEP_UNKNOWN */
export function explainProject(
  {
    spec,
    project: name,
    step: word,
  }: { readonly spec: BuildSpec; readonly project: string; readonly step?: string | undefined },
  { projects }: Assessment,
  { store, actions }: { readonly store: Store; readonly actions: ActionSet },
): Explanation {
  const project = spec.projects.find((each) => each.name === name);
  const states = new Map(projects.map((state) => [state.project, state]));
  const state = states.get(name);
  if (project === undefined || state === undefined) throw new Error(`nothing is known of ${name}`);
  const step = word === undefined ? undefined : stepOf(project, word);
  const run = runOf(state, { step, project: name }, store);
  const lastBuilt = run === undefined ? undefined : lastBuiltIn(run, name, store);
  return {
    project: name,
    ...(step === undefined ? {} : { step }),
    state,
    ...(lastBuilt === undefined ? {} : { lastBuilt }),
    chain: state.type === 'current' ? pastChain(spec, lastBuilt, { store, actions }) : openChain(state, states),
  };
}

function stepOf({ name, steps }: Project, word: string): string {
  const found = steps.find(({ id }, index) => id === word || String(index + 1) === word);
  if (found !== undefined) return found.id;
  const known = steps.map(({ id }) => `\`${id}\``).join(', ');
  throw new ContractorError('STEP_UNKNOWN', `Project \`${name}\` has no step \`${word}\`.`, `It has ${known}.`);
}

/** The run in which it was run last: of a step that is up to date, that in which its result was made. */
function runOf(
  state: ProjectState,
  { step, project }: { readonly step: string | undefined; readonly project: string },
  store: Store,
): string | undefined {
  const taken = state.type === 'current' ? state.steps.find((each) => each.step === step) : undefined;
  return taken === undefined ? store.lastRunOf(project) : store.getAttempt(taken.attempt)?.run;
}

function lastBuiltIn(run: string, project: string, store: Store): LastBuilt | undefined {
  const begun = store.eventsOfType(run, 'project-started').findLast(({ event }) => {
    const kept = event as NewEvent;
    return kept.type === 'project-started' && kept.project === project;
  });
  if (begun === undefined) return undefined;
  const { because } = begun.event as Extract<NewEvent, { type: 'project-started' }>;
  return { run, at: begun.at, ...(because === undefined ? {} : { because }) };
}

/** What has to be built first, down to what is to be built for a reason of its own. */
function openChain(state: ProjectState, states: ReadonlyMap<string, ProjectState>): readonly CauseLink[] {
  const links: CauseLink[] = [];
  const seen = new Set<string>();
  const open = state.type === 'waits' ? [...state.for] : [];
  for (let name = open.shift(); name !== undefined; name = open.shift()) {
    const found = states.get(name);
    if (seen.has(name) || found === undefined) continue;
    seen.add(name);
    if (found.type === 'waits') open.push(...found.for);
    if (found.type === 'stale') links.push({ project: name, step: found.step, cause: found.because });
  }
  return links;
}

/** Who made the artifact that changed, why, and so on. */
function pastChain(
  { projects }: BuildSpec,
  last: LastBuilt | undefined,
  { store, actions }: { readonly store: Store; readonly actions: ActionSet },
): readonly CauseLink[] {
  const links: CauseLink[] = [];
  const seen = new Set<string>();
  for (let at = last; at?.because?.cause.type === 'artifact-changed';) {
    const { artifact } = at.because.cause;
    const maker = projects.find(({ steps }) =>
      steps.some((step) => {
        const { makesArtifact } = actions.named(step.action).declaration;
        return makesArtifact !== undefined && text(step, makesArtifact) === artifact;
      }),
    );
    if (maker === undefined || seen.has(maker.name)) break;
    seen.add(maker.name);
    const run = store.lastRunOf(maker.name);
    at = run === undefined ? undefined : lastBuiltIn(run, maker.name, store);
    if (at?.because !== undefined) links.push({ project: maker.name, ...at.because, run: at.run });
  }
  return links;
}
