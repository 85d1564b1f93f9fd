import { ContractorError } from '../errors.ts';
import type { BuildSpec } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { RunRecord } from '../store/records/runs.ts';
import type { beginBuild } from './begin-build.ts';
import { runEnded } from './resume-run.ts';
import type { RunOptions } from './run-options.ts';
import { findRun, projectResults } from './run-records.ts';
import { OBJECT_NAME } from './spec-source.ts';
import type { SpecSource } from './spec-source.ts';
import type { RetryOptions } from './supervisor.ts';

/**
 * What to begin so that everything of an ended run that was not built is built again: by the specification as that run has read it,
 * lock and all, under the same conditions. What it finished is found by its step keys, as in any build.
 *
 * @throws RUN_UNKNOWN; RUN_UNFINISHED; RUN_ENDED when all of it was built
 */
export function retryOf(
  store: Store,
  idOrPrefix: string,
  options: RetryOptions,
): { readonly build: Parameters<typeof beginBuild>[0]; readonly options: Parameters<typeof beginBuild>[1] } {
  const { id, ended } = findRun(store, idOrPrefix);
  if (ended === null) {
    throw new ContractorError(
      'RUN_UNFINISHED',
      `Run \`${id}\` has not ended.`,
      `Go on with it with \`contractor resume ${id}\`, or wait for its end.`,
    );
  }
  const results = projectResults(store, id);
  const projects = store.getProjects(id).flatMap(({ name }) => (results.get(name) === 'built' ? [] : [name]));
  const record = store.getRun(id);
  if (projects.length === 0 || record === undefined) throw runEnded(id, ended.result);
  const { strict, offline, keepGoing, allowedSources = [] } = record.options as RunOptions;
  return {
    build: { spec: record.spec as BuildSpec, source: sourceOf(record) },
    options: {
      ...options,
      projects,
      retryOf: id,
      allowSources: [...allowedSources, ...(options.allowSources ?? [])],
      ...(strict === undefined ? {} : { strict }),
      ...(offline === undefined ? {} : { offline }),
      ...(keepGoing === undefined ? {} : { keepGoing }),
    },
  };
}

/** What the run was begun with, as the record of the new one is to name the same. */
function sourceOf({ specName, specText, source, options }: RunRecord): SpecSource {
  const { directory } = options as RunOptions;
  if (specName === OBJECT_NAME) return { directory, text: specText };
  if (source !== null || specName.startsWith('<')) return { directory, fileName: specName, text: specText };
  return { directory, fileName: specName, value: JSON.parse(specText) as unknown };
}
