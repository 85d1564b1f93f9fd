import type { ActionSet } from '../actions/action-set.ts';
import type { BuildSpec } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { TreePackages } from '../store/trees/tree-packages.ts';
import { provenanceOf, provenanceText } from './provenance.ts';
import { usedArtifacts } from './used-artifacts.ts';

/**
 * Records how an artifact version came about, from the receipts of the steps of its project, the last of which is
 * that of the step which made it. A version keeps its first statement: who makes the same tree again adds nothing,
 * but where there was none, as of a tree that was imported.
 */
export function recordProvenance(
  { store, actions }: { readonly store: Store; readonly actions: ActionSet },
  {
    system,
    ...artifact
  }: {
    readonly name: string;
    readonly version: number;
    readonly digest: string;
    readonly system?: TreePackages | undefined;
  },
  { run, project, step }: { readonly run: string; readonly project: string; readonly step: string },
): void {
  if (store.getProvenance(artifact) !== undefined) return;
  const record = store.getRun(run);
  const steps = (record?.spec as BuildSpec | undefined)?.projects.find(({ name }) => name === project)?.steps;
  if (record === undefined || steps === undefined) return;
  const made = steps.findIndex(({ id }) => id === step);
  const newest = new Map(store.listAttempts(run, project).map((attempt) => [attempt.step, attempt]));
  const before = steps.slice(0, made + 1);
  const receipts = before.flatMap(({ id }) => {
    const attempt = newest.get(id);
    return attempt === undefined ? [] : (store.getReceipt(attempt.reusedFrom ?? attempt.id) ?? []);
  });
  const taken = new Set(before.flatMap((each) => usedArtifacts(each, actions.named(each.action).declaration)));
  const artifacts = store.artifactsUsedBy(run).flatMap(({ name, version }) => {
    const found = taken.has(name) ? store.findArtifact(name, version) : undefined;
    if (found === undefined) return [];
    return [{ name, version, digest: found.digest, statement: store.getProvenance({ name, version })?.digest }];
  });
  const statement = provenanceOf({
    artifact,
    specification: { name: record.specName, digest: record.specDigest },
    run,
    project: { name: project, dependsOn: [], steps: before },
    step,
    artifacts,
    receipts,
    ...(system === undefined ? {} : { system }),
  });
  store.recordProvenance(artifact, provenanceText(statement));
}
