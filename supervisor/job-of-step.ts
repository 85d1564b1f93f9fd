import type { ActionSet } from '../actions/action-set.ts';
import type { ActionContext, SandboxJob } from '../actions/action.ts';
import { ContractorError } from '../errors.ts';
import type { ProjectTree } from '../machines/project-tree.ts';
import type { Step } from '../spec-schema/build-spec.ts';

/**
 * What a step has its sandbox run, on `tree`: policy, files and command, made by
 * the action itself as for an attempt. Nothing is run.
 *
 * @throws STEP_UNKNOWN when the step runs in no container
 */
export async function jobOfStep(
  step: Step,
  { tree, actions }: { readonly tree: ProjectTree; readonly actions: ActionSet },
): Promise<SandboxJob> {
  let job: SandboxJob | undefined;
  const layers = ['workspace', 'systree'];
  const context: ActionContext = {
    tree,
    specDirectory: '/',
    signal: new AbortController().signal,
    newLayer: () => layers.shift() ?? '',
    runSandboxed: (given) => {
      job = given;
      return Promise.resolve({ type: 'cancelled' });
    },
    runInIdMap: notForThis,
    treeJob: notForThis,
    sealLayer: notForThis,
    hostMount: notForThis,
    artifact: notForThis,
    releaseBefore: notForThis,
    logFile: '/dev/null',
    log: notForThis,
    onProgress: notForThis,
  };
  const { outcome } = await actions.named(step.action).run(step, context);
  if (job !== undefined) return job;
  if (outcome.type === 'refused') throw new ContractorError('STEP_UNKNOWN', outcome.message, outcome.mend);
  throw new Error(`the action of step ${step.id} runs nothing in a container`);
}

function notForThis(): never {
  throw new Error('an action that runs in a container asked for what is not there before its command has run');
}
