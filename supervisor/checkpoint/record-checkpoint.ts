import type { ProjectTree } from '../../machines/project-tree.ts';
import type { Project, Step } from '../../spec-schema/build-spec.ts';
import type { AttemptRecord } from '../../store/records/attempts.ts';
import type { ArtifactRecord } from '../../store/records/artifacts.ts';
import type { AttemptResult } from '../attempt.ts';
import type { NewEvent } from '../build-event.ts';
import { momentOf } from '../clocks.ts';
import { hasTree } from '../lost-trees.ts';
import { recordProvenance } from '../record-provenance.ts';
import type { RunWorld } from '../run-world.ts';
import { checkpointName } from './checkpoint.ts';
import type { Checkpoint, SharedArtifact, SharedStep, SharedTree } from './checkpoint.ts';
import { isSharedStep } from './is-shared-step.ts';

/** A step with what it was elsewhere, and the artifact that it has published, as this store has it. */
interface TakenStep {
  readonly step: Step;
  readonly shared: SharedStep;
  readonly published: ArtifactRecord | undefined;
}

/**
 * Records the steps of a checkpoint as done in this run, all of them or none, so that the machine finds them recorded. None
 * where the checkpoint is not of this project, or the store does not have its trees: then the project begins at its first step.
 *
 * Each has the tree of the last, as those between are not here; and no key, so that no other build takes them for results of their own.
 */
export function recordCheckpoint(project: Project, { steps, from }: Checkpoint, world: RunWorld): void {
  const { store, events, run } = world;
  // In one transaction with the look for what it needs, so that nobody removes that in between.
  events.commit((record) => {
    const all = takenSteps(project, steps, world);
    const tree = treeHere(all?.at(-1)?.shared.tree ?? null, project, world);
    if (all === undefined || tree === undefined) return;
    for (const each of tree.workspace) if (each.type === 'artifact') store.recordUse(run, each);
    for (const each of all) recordTaken(each, { project: project.name, from, tree, world }, record);
  });
}

/** Undefined where they are not the first steps of the project, or something that they have made is not here. */
function takenSteps(
  { steps }: Project,
  shared: readonly SharedStep[],
  world: RunWorld,
): readonly TakenStep[] | undefined {
  const { store, actions } = world;
  if (shared.length === 0 || shared.length > steps.length) return undefined;
  const all: TakenStep[] = [];
  for (const [index, each] of shared.entries()) {
    const step = steps[index];
    if (step === undefined || !isSharedStep(each) || each.step !== step.id) return undefined;
    const { makesArtifact } = actions.named(step.action).declaration;
    const makes = makesArtifact === undefined ? undefined : step.parameters[makesArtifact];
    if (makes !== each.published?.name) return undefined;
    const published = each.published && versionHere(each.published, world);
    if (each.published !== undefined && published === undefined) return undefined;
    const known = store.getAttempt(each.attempt);
    if (known !== undefined && !isDone(known)) return undefined;
    all.push({ step, shared: each, published });
  }
  return all;
}

function isDone(attempt: AttemptRecord): attempt is AttemptRecord & { readonly type: 'ended' } {
  return attempt.type === 'ended' && attempt.outcome.type === 'succeeded';
}

/** Undefined where it is not here. */
function treeHere(shared: SharedTree | null, { name: project }: Project, world: RunWorld): ProjectTree | undefined {
  if (shared === null) return undefined;
  const workspace = shared.workspace && versionHere(shared.workspace, world);
  if (workspace === undefined || (workspace !== null && workspace.name !== checkpointName(project))) return undefined;
  const containers: Record<string, ProjectTree['containers'][string]> = {};
  for (const [name, { artifact, writable }] of Object.entries(shared.containers)) {
    const here = versionHere(artifact, world);
    if (here === undefined) return undefined;
    const { version, digest } = here;
    containers[name] = { artifact: here.name, version, digest, writable, layers: [] };
  }
  if (workspace === null) return { workspace: [], containers };
  const { name, version, digest } = workspace;
  return { workspace: [{ type: 'artifact', name, version, digest }], containers };
}

function versionHere({ name, digest }: SharedArtifact, world: RunWorld): ArtifactRecord | undefined {
  const { store } = world;
  const listed = store.listArtifacts().find((each) => each.name === name && each.digest === digest);
  return listed !== undefined && hasTree(listed, world) ? store.findArtifact(name, listed.version) : undefined;
}

function recordTaken(
  { step, shared, published }: TakenStep,
  {
    project,
    from,
    tree,
    world,
  }: { readonly project: string; readonly from: string; readonly tree: ProjectTree; readonly world: RunWorld },
  record: (event: NewEvent) => void,
): void {
  const { store, run, bootId, newId, actions } = world;
  const { host, told } = momentOf(world);
  const { attempt, number, startedAt, endedAt, receipt } = shared;
  const madeBy = { run, project, step: step.id };
  const version = published && publishedHere(published, { ...world, madeBy });
  const result: AttemptResult = {
    tree,
    ...(published === undefined || version === undefined ? {} : { published: { name: published.name, version } }),
  };
  const row = { run, project, step: step.id, number: 1, machineAttempt: 1, keeper: '', bootId };
  const known = store.getAttempt(attempt);
  if (known !== undefined && isDone(known)) {
    store.reuseAttempt({ ...row, id: newId(), startedAt: host, toldStartedAt: told }, known, result);
  } else {
    // The clock of another host orders nothing here: it is told, and how long it took is kept.
    const began = host - Math.max(0, endedAt - startedAt);
    store.beginAttempt({ ...row, id: attempt, startedAt: began, toldStartedAt: startedAt });
    store.endAttempt(attempt, { endedAt: host, toldEndedAt: endedAt, outcome: { type: 'succeeded' }, result });
    if (receipt !== null) store.recordReceipt(attempt, receipt);
  }
  record({ type: 'step-reused', project, step: step.id, attempt: number, attemptId: attempt, from });
  if (published === undefined || version === undefined) return;
  const { name, digest, files, sizeBytes } = published;
  recordProvenance({ store, actions }, { name, version, digest }, madeBy);
  record({
    type: 'artifact-published',
    project,
    step: step.id,
    artifact: name,
    version,
    digest,
    isNew: true,
    files,
    sizeBytes,
    dropped: [],
  });
}

/** As which version it counts in this store. */
function publishedHere(
  { version: _, packages, isKept: __, ...artifact }: ArtifactRecord,
  {
    store,
    bootId,
    now,
    madeBy,
  }: Pick<RunWorld, 'store' | 'bootId' | 'now'> & {
    readonly madeBy: { readonly run: string; readonly project: string; readonly step: string };
  },
): number {
  const more = packages === null ? {} : { packages };
  return store.recordArtifactVersion({ ...artifact, ...more, createdAt: now(), madeBy, bootId }).version;
}
