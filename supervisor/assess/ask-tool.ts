import type { ActionSet } from '../../actions/action-set.ts';
import { join, resolve } from 'node:path';
import type { ToolQuestion } from '../../actions/action.ts';
import { ContractorError } from '../../errors.ts';
import type { IdMap } from '../../sandbox/id-map.ts';
import type { KeeperJob } from '../../sandbox/keeper-job.ts';
import { attemptLimits, hostSizes } from '../../sandbox/limits/attempt-limits.ts';
import { MOUNTED } from '../../sandbox/policy.ts';
import { startTalkingCommand } from '../../sandbox/shell-keeper.ts';
import type { Store } from '../../store/open-store.ts';
import type { Clocks } from '../clocks.ts';
import { hostGroups } from '../host-groups.ts';
import { hostSandbox } from '../sandbox.ts';
import { removeScratch } from '../scratch.ts';
import { SCRATCH } from '../scratch-id.ts';
import type { StepLimits } from '../step-limits.ts';

/** What asking a tool takes. */
export interface AskPlace extends Clocks {
  readonly store: Store;
  readonly actions: ActionSet;
  readonly bootId: string;
  readonly idMap: () => IdMap;
  /** What the program lets steps use up. */
  readonly limits?: StepLimits | undefined;
  readonly newId: () => string;
}

const LONGEST_MS = 20_000;
const MOST_BYTES = 1024 * 1024;

/**
 * What a vetted tool writes that is asked for something, in the sandbox that a step of it has; undefined when it fails,
 * takes too long, or this host cannot make the sandbox, which the step itself will say. It leaves nothing behind,
 * also when this process is killed.
 */
export async function askTool(
  { policy, files, command, hostDirectory }: ToolQuestion,
  {
    specDirectory,
    signal,
    place,
  }: { readonly specDirectory: string; readonly signal: AbortSignal; readonly place: AskPlace },
): Promise<string | undefined> {
  const { store, bootId } = place;
  const { trees, keepers } = store.paths;
  const id = `${SCRATCH}${place.newId()}`;
  try {
    const idMap = place.idMap();
    const groups = await hostGroups(store, { bootId, idMap });
    const job: KeeperJob = {
      attempt: id,
      lower: [],
      layer: `../attempts/${id}/sealed`,
      policy: policy(() => MOUNTED.host(0)),
      files,
      command,
      limits: attemptLimits(place.limits ?? {}, groups, hostSizes(trees)),
      deadlineAt: place.hostNow() + LONGEST_MS,
    };
    const asked = await startTalkingCommand(job, {
      place: {
        directory: join(keepers, id),
        trees,
        idMap,
        groups,
        hostBinds: hostDirectory === undefined ? [] : [resolve(specDirectory, hostDirectory)],
      },
    });
    const stop = (): void => void asked.end().catch(() => undefined);
    signal.addEventListener('abort', stop, { once: true });
    const said: Buffer[] = [];
    asked.data.on('data', (chunk: Buffer) => said.push(chunk));
    asked.errors.resume();
    asked.data.end();
    try {
      const exit = await asked.exit;
      // Its last words may come behind the news of its end.
      await asked.end();
      const text = Buffer.concat(said).toString();
      return exit.type === 'exited' && exit.code === 0 && text.length <= MOST_BYTES ? text : undefined;
    } finally {
      signal.removeEventListener('abort', stop);
      await asked.end();
      await removeScratch(id, { store, sandbox: hostSandbox, idMap: place.idMap });
    }
  } catch (error) {
    if (error instanceof ContractorError && error.code !== 'STORE_UNUSABLE') return undefined;
    throw error;
  }
}
