import type { ActionSet } from '../actions/action-set.ts';
import { assertHost, checkHost } from '../sandbox/host-check.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import { POLICY_VERSION } from '../sandbox/policy.ts';
import type { Project } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import { hostGroups } from './host-groups.ts';
import { recoverTrees } from './recover-store.ts';
import { assertArchitecture } from './placement/elsewhere.ts';
import { thisHost } from './placement/this-host.ts';
import { hostSandbox } from './sandbox.ts';
import { startRun } from './start-run.ts';
import type { RunHost } from './start-run.ts';
import { assertStrictLimits } from './strict-limits.ts';
import type { BareRun } from './run.ts';
import { sweepScratchStores } from './verification/scratch-store.ts';

/** What a supervisor has for its runs, beside this host. */
export type RunPlace = Omit<RunHost, 'sandbox' | 'groups'>;

/** Owns a run and begins it on this host, or goes on with it. @throws RUN_OWNED */
export async function beginRun(
  run: Parameters<typeof startRun>[0],
  place: RunPlace,
  options: Parameters<typeof startRun>[2],
): Promise<BareRun> {
  const groups = await hostGroups(place.store, place);
  return startRun(run, { ...place, groups, sandbox: hostSandbox }, options);
}

/** Refuses what this host cannot build, then mends what a power cut has torn: before any work is done. */
export async function readyForBuilds(
  store: Store,
  {
    actions,
    projects,
    bootId,
    idMap,
    strict,
  }: {
    readonly actions: ActionSet;
    readonly projects: readonly Project[];
    readonly bootId: string;
    readonly idMap: () => IdMap;
    readonly strict: boolean;
  },
): Promise<void> {
  assertArchitecture(projects, thisHost());
  // They are slow to say what receipts tell of them: asked while all else is made ready.
  if (projects.length > 0) void hostSandbox.toolFacts(['bwrap', 'perl']);
  await assertHostCan(store, { actions, projects, bootId });
  assertStrictLimits(projects, { actions, groups: await hostGroups(store, { bootId, idMap: idMap() }), strict });
  await recoverTrees(store, idMap);
  await sweepScratchStores({ store, idMap, sandbox: hostSandbox });
}

/** Refuses before any work when this host lacks what the projects need. What a boot of the host could do once, it can. */
async function assertHostCan(
  store: Store,
  {
    actions,
    projects,
    bootId,
  }: { readonly actions: ActionSet; readonly projects: readonly Project[]; readonly bootId: string },
): Promise<void> {
  const needs = new Set(
    projects.flatMap(({ steps }) =>
      steps.flatMap(({ action }) =>
        // What an own one needs it has said itself, in `assertStepsPossible`.
        actions.named(action).version === undefined ? [HOST_NEEDS[action] ?? action] : [],
      ),
    ),
  );
  const known = store.getMeta('hostProbe') as Partial<HostProbe> | undefined;
  const met = known?.boot === bootId && known.policy === POLICY_VERSION ? new Set(known.met) : undefined;
  if (met !== undefined && needs.isSubsetOf(met)) return;
  assertHost(await checkHost(store.paths.directory), needs);
  const probe: HostProbe = { boot: bootId, policy: POLICY_VERSION, met: [...(met ?? []), ...needs] };
  store.transaction(() => store.setMeta('hostProbe', probe));
}

/** What the last probe of the host found that it can, kept in the store. */
interface HostProbe {
  readonly boot: string;
  readonly policy: number;
  /** The needs that were met, one after the other. */
  readonly met: readonly string[];
}

const HOST_NEEDS: Readonly<Record<string, string>> = { 'copy-source': 'tar' };
