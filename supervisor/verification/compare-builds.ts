import { optionalText, text } from '../../actions/parameters.ts';
import type { Project, Step } from '../../spec-schema/build-spec.ts';
import type { Store } from '../../store/open-store.ts';
import type { AttemptRecord } from '../../store/records/attempts.ts';
import { bytePath, inside, shownPath } from '../../store/trees/byte-path.ts';
import type { BytePath } from '../../store/trees/byte-path.ts';
import type { TwoBuilds } from '../../store/trees/causes/cause.ts';
import type { TreeDifference, TreeDifferences } from '../../store/trees/tree-differences.ts';
import type { AttemptResult } from '../attempt.ts';
import { AFTER, BEFORE, shownChange } from '../compare-states.ts';
import type { CompareWorld } from '../compare-states.ts';
import { findAttempt } from '../find-attempt.ts';
import { stateOf, workspaceStack } from '../step-states.ts';
import { adviceOn } from './cause-advice.ts';
import { withPairedNames } from './paired-names.ts';
import type { EntryDifference, VerifiedBuilds, VerifiedPart } from './verification.ts';

/** Two finished runs of one project in one store. */
export interface TwoRuns {
  readonly project: Project;
  readonly runs: readonly [string, string];
  readonly builds: TwoBuilds;
}

interface CompareOptions extends CompareWorld {
  readonly signal: AbortSignal;
}

/** What differs between two runs of a project, and where it began. */
export async function compareBuilds(two: TwoRuns, world: CompareOptions): Promise<Omit<VerifiedBuilds, 'varied'>> {
  const { project } = two;
  const { actions } = world;
  const publishing = project.steps.filter((step) => actions.named(step.action).declaration.makesArtifact !== undefined);
  const parts: VerifiedPart[] = [];
  for (const step of publishing) parts.push(await comparedArtifact(step, two, world));
  const last = project.steps.at(-1);
  if (publishing.length === 0 && last !== undefined) parts.push(await comparedWorkspace(last, two, world));
  const isSame = parts.every(
    ({ changes, onlyIn, digests }) => changes.length === 0 && onlyIn === undefined && digests?.[0] === digests?.[1],
  );
  if (isSame) return { type: 'same', parts, advice: [] };
  const firstStep = await firstStepToDiffer(two, world);
  const causes = parts.flatMap(({ changes }) =>
    changes.flatMap(({ contents, insteadOf }) => [...(contents?.causes ?? []), ...(insteadOf?.causes ?? [])]),
  );
  return {
    type: 'different',
    parts,
    ...(firstStep === undefined ? {} : { firstStep }),
    advice: adviceOn(causes),
  };
}

/**
 * An artifact, as the workspace was that it was made of: the store keeps files of equal contents once, with the times of
 * the first, and so knows nothing of the times of the second.
 */
async function comparedArtifact(step: Step, two: TwoRuns, world: CompareOptions): Promise<VerifiedPart> {
  const name = text(step, 'artifact-name');
  const [first, second] = two.runs.map((run) => publishedBy(step, { run, project: two.project.name }, world.store));
  if (first === undefined || second === undefined) {
    const nothing = { compared: 0, changes: [], timesDiffer: 0, times: [], tooDeep: [], isCut: false };
    // Neither: a step that may fail has failed twice, which is the same.
    const onlyIn = first !== undefined ? 1 : second !== undefined ? 2 : undefined;
    return { type: 'artifact', name, ...nothing, ...(onlyIn === undefined ? {} : { onlyIn }) };
  }
  const directory = (optionalText(step, 'directory') ?? '').split('/').filter((each) => each !== '' && each !== '.');
  const top = bytePath(directory.join('/'));
  const found = await differencesAround(step, { moment: 'before', path: top }, two, world);
  return {
    type: 'artifact',
    name,
    digests: [first, second],
    ...shownDifferences(found, { top, isKept: isKeptInArtifact, builds: two.builds }),
  };
}

async function comparedWorkspace(step: Step, two: TwoRuns, world: CompareOptions): Promise<VerifiedPart> {
  const found = await differencesAround(step, { moment: 'after', path: '' }, two, world);
  return {
    type: 'workspace',
    name: 'workspace',
    ...shownDifferences(found, { top: '', isKept: () => true, builds: two.builds }),
  };
}

/** The digest of what a step has published; undefined when it failed. */
function publishedBy(step: Step, { run, project }: { run: string; project: string }, store: Store): string | undefined {
  const attempt = store.lastAttempt(run, project, step.id);
  if (attempt === undefined || attempt.type === 'running' || attempt.outcome.type !== 'succeeded') return undefined;
  const { published } = attempt.result as AttemptResult;
  return published === undefined ? undefined : store.findArtifact(published.name, published.version)?.digest;
}

async function differencesAround(
  step: Step,
  { moment, path }: { readonly moment: 'before' | 'after'; readonly path: BytePath },
  { runs, project, builds }: TwoRuns,
  { store, actions, sandbox, idMap, signal }: CompareOptions,
): Promise<TreeDifferences> {
  const stacks = runs.map((run) =>
    workspaceStack(
      stateOf(findAttempt(store, { run, project: project.name, step: step.id }), moment, { store, actions }),
    ),
  );
  return await sandbox.runTreeJob(
    { type: 'tree-differences', before: BEFORE, after: AFTER, path, builds },
    { trees: store.paths.trees, idMap: idMap() },
    {
      overlays: [
        { target: BEFORE, lower: stacks[0] ?? [] },
        { target: AFTER, lower: stacks[1] ?? [] },
      ],
      signal,
    },
  );
}

/** Artifacts leave out FIFOs, sockets and devices. */
function isKeptInArtifact(change: TreeDifference): boolean {
  const looks = [
    ...(change.type === 'added' ? [] : [change.before]),
    ...(change.type === 'removed' ? [] : [change.after]),
  ];
  return looks.some(({ type }) => type === 'file' || type === 'directory' || type === 'symlink');
}

function shownDifferences(
  { changes, compared, timesDiffer, timesOf, tooDeep, isCut }: TreeDifferences,
  {
    top,
    isKept,
    builds,
  }: { readonly top: BytePath; readonly isKept: (change: TreeDifference) => boolean; readonly builds: TwoBuilds },
): Omit<VerifiedPart, 'type' | 'name'> {
  const below = (path: BytePath): BytePath => (top === '' ? path : path.slice(top.length + 1));
  return {
    compared,
    changes: withPairedNames(
      changes.filter(isKept).map((change): EntryDifference => ({
        ...shownChange({ ...change, path: below(change.path) }),
        ...(change.contents === undefined ? {} : { contents: change.contents }),
      })),
      builds,
    ),
    timesDiffer,
    times: timesOf.map((path) => shownPath(below(path))),
    tooDeep: tooDeep.map((path) => shownPath(below(path))),
    isCut,
  };
}

/** Compares the layers of each step in turn. A step that has failed is passed over: its layer is no part of the result. */
async function firstStepToDiffer(
  { project, runs }: TwoRuns,
  { store, sandbox, idMap, signal }: CompareOptions,
): Promise<VerifiedBuilds['firstStep']> {
  const layers = runs.map((run) => layersOfSteps(run, project.name, store));
  const steps = project.steps.flatMap((step) => {
    const [first = [], second = []] = layers.map((all) => all.get(step.id));
    return first.map((before, index) => ({ step, before, after: second[index] }));
  });
  const pairs = steps.flatMap(({ step, before, after }) => (after === undefined ? [] : [{ step, before, after }]));
  const { index, path = '' } = await sandbox.runTreeJob(
    { type: 'first-differing', pairs: pairs.map(({ before, after }) => ({ before, after })) },
    { trees: store.paths.trees, idMap: idMap() },
    { signal },
  );
  const found = index === undefined ? undefined : pairs[index]?.step;
  return found && { id: found.id, title: found.title, path };
}

/** The layers of each step that succeeded, from the root of the trees: that of the workspace, then of containers. */
function layersOfSteps(run: string, project: string, store: Store): Map<string, string[]> {
  const attempts = new Map<string, AttemptRecord>(store.listAttempts(run, project).map((each) => [each.id, each]));
  const layers = new Map<string, string[]>();
  const sorted = store
    .listLayers(run)
    .toSorted((one, other) => (one.container ?? '').localeCompare(other.container ?? ''));
  for (const { id, attempt } of sorted) {
    const record = attempts.get(attempt);
    if (record?.type !== 'ended' || record.outcome.type !== 'succeeded') continue;
    layers.set(record.step, [...(layers.get(record.step) ?? []), inside('layers', id)]);
  }
  return layers;
}
