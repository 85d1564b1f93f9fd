import type { Step } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { AttemptResult } from './attempt.ts';
import { momentOf } from './clocks.ts';
import type { Clocks } from './clocks.ts';
import type { NewEvent } from './build-event.ts';
import { recordProvenance } from './record-provenance.ts';
import type { ReusableResult } from './reusable-result.ts';
import type { RunWorld } from './run-world.ts';
import type { StepKeyInputs } from './step-key.ts';

/** A step that takes over an earlier result instead of being run. */
export interface ReusedStep {
  readonly step: Step;
  readonly key: string;
  readonly keyInputs: StepKeyInputs;
  readonly found: ReusableResult;
}

/**
 * Records that a step of a run takes over an earlier result, and gives the id of its attempt. To be called inside a transaction.
 *
 * Where that published an artifact whose newest version has another tree by now, the tree becomes the newest
 * version once more: a row, no work on trees.
 */
export function recordReuse(
  { step, key, keyInputs, found }: ReusedStep,
  { store, actions, run, project, bootId, now, hostNow, newId, take = store.reuseAttempt }: ReusePlace,
  record: (event: NewEvent) => void,
): string {
  const { attempt, published } = found;
  const id = newId();
  const { host, told } = momentOf({ now, hostNow });
  const madeBy = { run, project, step: step.id };
  const version =
    published === undefined
      ? undefined
      : store.recordArtifactVersion({ ...withoutVersion(published), createdAt: told, madeBy, bootId });
  const isOther = version !== undefined && version.version !== found.result.published?.version;
  const result: AttemptResult | undefined =
    published === undefined || !isOther
      ? undefined
      : { tree: found.result.tree, published: { name: published.name, version: version.version } };
  const row = { id, run, project, step: step.id, number: 1, machineAttempt: 1, keeper: '', bootId };
  take({ ...row, startedAt: host, toldStartedAt: told, key, keyInputs }, attempt, result);
  if (published === undefined || version?.isNew !== true) return id;
  const { name, digest, files, sizeBytes } = published;
  recordProvenance({ store, actions }, { name, version: version.version, digest }, madeBy);
  record({
    type: 'artifact-published',
    project,
    step: step.id,
    artifact: name,
    version: version.version,
    digest,
    isNew: true,
    files,
    sizeBytes,
    dropped: [],
  });
  return id;
}

/** In which run and project a step is taken over. */
export interface ReusePlace extends Pick<RunWorld, 'store' | 'actions' | 'run' | 'bootId' | 'newId'>, Clocks {
  readonly project: string;
  /** Records it; by default at once, as a row. */
  readonly take?: Store['reuseAttempt'];
}

function withoutVersion({ version: _, packages, ...rest }: NonNullable<ReusableResult['published']>) {
  return { ...rest, ...(packages === null ? {} : { packages }) };
}
