import { ContractorError } from '../errors.ts';
import type { Store } from '../store/open-store.ts';
import { findRun, projectsOfRun } from './run-records.ts';
import type { RunOptions } from './run-options.ts';
import type { RunSource, SavedState } from './supervisor.ts';

/** What a run builds, as it was read when it began; by default the newest. */
export function runSource(store: Store, idOrPrefix: string | undefined): RunSource {
  const { id, source } = findRun(store, idOrPrefix);
  const record = store.getRun(id);
  const { pausing } = (record?.options ?? {}) as Partial<RunOptions>;
  return {
    run: id,
    projects: projectsOfRun(store, id),
    text: record?.specText ?? '',
    ...(pausing === undefined ? {} : { pausing }),
    ...(source === null ? {} : { file: source }),
  };
}

/** What is saved of a project's machine. @throws PROJECT_UNKNOWN */
export function savedState(store: Store, idOrPrefix: string, project: string): SavedState | undefined {
  const { id } = findRun(store, idOrPrefix);
  const record = store.getProjects(id).find(({ name }) => name === project);
  if (record === undefined) {
    throw new ContractorError(
      'PROJECT_UNKNOWN',
      `Run \`${id}\` has no project \`${project}\`.`,
      `See \`contractor status ${id}\`.`,
    );
  }
  if (record.save === null) return undefined;
  const { snapshot } = record.save as { readonly snapshot: { readonly context: unknown } };
  return { state: record.state, context: snapshot.context };
}
