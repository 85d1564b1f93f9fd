import { setTimeout as wait } from 'node:timers/promises';
import { ContractorError } from '../../errors.ts';
import { readSpecFile } from '../../index.ts';
import type { RunSource, Supervisor } from '../../index.ts';
import { RunCounts } from '../metrics/run-counts.ts';
import { projectFacts } from './project-facts.ts';
import type { ShownRuns } from './shown-runs.ts';

/** The runs of a supervisor's store, which it cancels, goes on with and builds itself. */
export function runsOfStore(supervisor: Supervisor): ShownRuns {
  // Of one run: what it builds never changes, and is megabytes of a large one.
  let known: RunSource | undefined;
  const sourceOf = (run: string): RunSource => (known?.run === run ? known : (known = supervisor.runSource(run)));
  // To find an attempt all of the run are read, and the page asks several times a second.
  const logs = new Map<string, string>();
  return {
    runs: async (limit) => supervisor.runs({ limit }),
    summary: async (run) => supervisor.summary(run),
    fileOf: (run) => sourceOf(run).file,
    project: async (run, project) => await projectFacts(sourceOf(run), project, supervisor),
    receipt: async (attempt) => await supervisor.receipt(attempt),
    follow: (run, options) => supervisor.follow(run, options),
    logFile: async ({ run, project, step, attempt }) => {
      const key = JSON.stringify([run, project, step, attempt]);
      const path = logs.get(key) ?? supervisor.logFile({ run, project, step, attempt });
      logs.set(key, path);
      return path;
    },
    cancel: async (run) => {
      await supervisor.cancel(run);
      return run;
    },
    resume: async (run) => (await supervisor.resume(run, { decide: 'go-on' })).id,
    build: async (run) => {
      const { file } = sourceOf(run);
      if (file === undefined) throw noFile();
      const { id } = await supervisor.build(readSpecFile(file));
      await wait(0);
      return id;
    },
    counts: new RunCounts(supervisor),
  };
}

function noFile(): ContractorError {
  return new ContractorError(
    'SPEC_UNREADABLE',
    'The specification of this run came by a pipe or as an object, so there is no file to build again.',
    'Build it again where it came from.',
  );
}
