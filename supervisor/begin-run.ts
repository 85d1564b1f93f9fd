import { assertHost, checkHost } from '../sandbox/host-check.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import { POLICY_VERSION } from '../sandbox/policy.ts';
import type { Project } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import { recoverTrees } from './recover-store.ts';
import { hostSandbox } from './sandbox.ts';
import { startRun } from './start-run.ts';
import type { RunHost } from './start-run.ts';
import type { Run } from './supervisor.ts';

/** What a supervisor has for its runs, beside this host. */
export type RunPlace = Omit<RunHost, 'sandbox'>;

/** Owns a run and begins it on this host, or goes on with it. @throws RUN_OWNED */
export function beginRun(
  run: Parameters<typeof startRun>[0],
  place: RunPlace,
  options: Parameters<typeof startRun>[2],
): Run {
  return startRun(run, { ...place, sandbox: hostSandbox }, options);
}

/** Refuses what this host cannot build, then mends what a power cut has torn: before any work is done. */
export async function readyForBuilds(
  store: Store,
  {
    projects,
    bootId,
    idMap,
  }: { readonly projects: readonly Project[]; readonly bootId: string; readonly idMap: () => IdMap },
): Promise<void> {
  await assertHostCan(store, { projects, bootId });
  await recoverTrees(store, idMap);
}

/** Refuses before any work when this host lacks what the projects need. What a boot of the host could do once, it can. */
async function assertHostCan(
  store: Store,
  { projects, bootId }: { readonly projects: readonly Project[]; readonly bootId: string },
): Promise<void> {
  const needs = new Set(projects.flatMap(({ steps }) => steps.map((step) => HOST_NEEDS[step.action] ?? step.action)));
  const probed = [`policy ${POLICY_VERSION}`, ...[...needs].toSorted()].join(' ');
  const known = store.getMeta('hostProbe') as { readonly boot: string; readonly needs: string } | undefined;
  if (known?.boot === bootId && known.needs === probed) return;
  assertHost(await checkHost(store.paths.directory), needs);
  store.transaction(() => store.setMeta('hostProbe', { boot: bootId, needs: probed }));
}

const HOST_NEEDS: Readonly<Record<string, string>> = { 'copy-source': 'tar' };
