import type { Progress } from '../actions/action.ts';
import type { VerifyResult } from '../store/trees/verify-tree.ts';
import { runTreeJob } from './tree-worker.ts';
import type { TreeWorkerPlace } from './tree-worker.ts';

/**
 * Compares an artifact with its manifest and digest. Objects that are found damaged
 * lose their names at once, so that nothing that is published from now on is made
 * of them; the artifact itself stays, to be looked at.
 */
export async function verifyArtifact(
  { name, digest }: { readonly name: string; readonly digest: string },
  place: TreeWorkerPlace,
  onProgress?: (progress: Progress) => void,
): Promise<VerifyResult> {
  const verified = await runTreeJob(
    { type: 'verify', tree: `artifacts/${name}/${digest}/tree`, digest },
    place,
    onProgress === undefined ? {} : { onProgress },
  );
  for (const path of verified.damagedObjects) await runTreeJob({ type: 'remove', path }, place);
  return verified;
}
