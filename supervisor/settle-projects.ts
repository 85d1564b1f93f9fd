import type { Assessed } from './assess/assess-projects.ts';
import type { NewEvent } from './build-event.ts';
import { recordReuse } from './record-reuse.ts';
import type { ReusePlace } from './record-reuse.ts';
import { usedArtifacts } from './used-artifacts.ts';

/**
 * Records that a project of a run is built with the results of earlier runs alone: no machine, no keeper. To be
 * called inside the transaction in which it was assessed. Gives the attempts, by step.
 */
export function settleProject(
  { project, reused }: Extract<Assessed, { type: 'current' }>,
  place: Omit<ReusePlace, 'project'>,
  record: (event: NewEvent) => void,
): readonly { readonly step: string; readonly attempt: string; readonly from: string }[] {
  const { store, actions, run } = place;
  const taken = reused.map((each) => {
    const { step, keyInputs, found } = each;
    const [name = ''] = usedArtifacts(step, actions.named(step.action).declaration);
    if (keyInputs.version !== undefined) store.recordUse(run, { name, version: keyInputs.version });
    for (const one of keyInputs.artifacts ?? []) store.recordUse(run, { name: one.name, version: one.version });
    const attempt = recordReuse(each, { ...place, project }, record);
    return { step: step.id, attempt, from: found.attempt.run };
  });
  store.settleProject(run, project, 'built');
  return taken;
}
