import { ContractorError } from '../../errors.ts';
import type { Checkpoint, SharedArtifact, SharedStep } from '../../index.ts';
import { isPlaceAway } from '../artifact-exchange.ts';
import { whileClaimed } from '../claim.ts';
import type { ClaimedProject } from '../claim.ts';
import { persistently, untilPlaceIsBack } from '../persistently.ts';
import type { WorkPlace } from '../work-place.ts';
import { sharedSteps, voidFrom } from './shared-steps.ts';

/**
 * Where a claimed project goes on: behind the last step that another worker has shared and whose tree can be had, which is brought into this
 * worker's store. Undefined: at the first step, or where this worker was, as its store has all that it has told itself.
 *
 * @throws ClaimLost; PLACE_UNUSABLE where the place stays away
 */
export async function findCheckpoint(
  { claim, sharesSteps }: ClaimedProject,
  place: WorkPlace,
  signal: AbortSignal,
): Promise<Checkpoint | undefined> {
  if (!sharesSteps) return undefined;
  const { database, worker } = place;
  const patience = { ...place.patience, signal };
  const rows = await persistently(async () => await sharedSteps(database, claim), patience);
  const last = rows.findLastIndex((row) => row.worker !== worker);
  for (let at = last; at >= 0; at -= 1) {
    const steps = rows.slice(0, at + 1).map(({ step }) => step);
    if (!(await isBrought(steps, place, signal))) continue;
    if (at < last) await voidAllFrom(at + 1);
    return { project: claim.project, from: claim.run, steps };
  }
  if (last >= 0) await voidAllFrom(0);
  return undefined;

  async function voidAllFrom(position: number): Promise<void> {
    await persistently(
      async () => await whileClaimed(database, claim, async (queries) => await voidFrom(queries, claim, position)),
      patience,
    );
  }
}

/** False where something is not at the place, not whole, or nothing that could be there. */
async function isBrought(
  steps: readonly SharedStep[],
  { exchange, patience }: WorkPlace,
  signal: AbortSignal,
): Promise<boolean> {
  const tree = steps.at(-1)?.tree;
  if (!tree) return false;
  const needed: readonly (SharedArtifact | null | undefined)[] = [
    tree.workspace,
    ...steps.map(({ published }) => published),
  ];
  try {
    for (const artifact of needed) {
      if (!artifact) continue;
      await untilPlaceIsBack(async () => await exchange.pull(artifact, signal), { ...patience, signal });
    }
    return true;
  } catch (error) {
    if (!(error instanceof ContractorError) || isPlaceAway(error) || error.code.startsWith('STORE_')) throw error;
    return false;
  }
}
