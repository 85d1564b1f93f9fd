import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ContractorError } from '../errors.ts';
import { lockPath } from '../index.ts';
import type { ProjectResult, SpecSource, Supervisor } from '../index.ts';
import type { Claim, ClaimedProject } from './claim.ts';
import { findCheckpoint } from './checkpoints/find-checkpoint.ts';
import { untilPlaceIsBack } from './persistently.ts';
import { Telling } from './telling.ts';
import type { WorkPlace } from './work-place.ts';

/** What ends a build. */
export interface BuildSignals {
  /** Somebody has cancelled the run. */
  readonly cancelled: AbortSignal;
  /** The project is not this worker's to build any more, or the worker cannot go on: nothing more is told. */
  readonly abandoned: AbortSignal;
}

/** Of this worker and not of the project: another worker may do better. */
const OWN_REFUSALS = /^(STORE_|PLACE_UNUSABLE$|SANDBOX_FAILED$|SUPERVISOR_CLOSING$|RUN_OWNED$)/;

/**
 * Builds a claimed project in this worker's store, and tells how it goes and how it ends, for as long as the claim
 * holds. What is built is built also when the database is away: it is told when that is back.
 *
 * @throws ClaimLost; ContractorError where this worker cannot go on
 */
export async function buildClaimed(
  claimed: ClaimedProject,
  { cancelled, abandoned }: BuildSignals,
  place: WorkPlace,
): Promise<ProjectResult> {
  const { supervisor } = place;
  const { claim, options, given } = claimed;
  const directory = directoryOf(claim, supervisor);
  const both = AbortSignal.any([abandoned, cancelled]);
  try {
    const source = writeSource(directory, claimed);
    const run = await refusable(both, async () => {
      for (const [name, digest] of Object.entries(given)) {
        await untilPlaceIsBack(async () => await place.exchange.pull({ name, digest }, both), {
          ...place.patience,
          signal: both,
        });
      }
      const checkpoint = await findCheckpoint(claimed, place, both);
      return await supervisor.build(source, {
        projects: [claim.project],
        given,
        ...(checkpoint === undefined ? {} : { checkpoint }),
        // Also where somebody has handed in what `submitRun` would have refused.
        hostFiles: false,
        jobs: 1,
        signal: both,
        ...(place.policy === undefined ? {} : { policy: place.policy }),
        ...(options.noCache === true ? { noCache: true } : {}),
        ...(options.rebuild?.includes(claim.project) === true ? { rebuild: [claim.project] } : {}),
        ...(options.offline === true ? { offline: true } : {}),
        ...(options.strict === true ? { strict: true } : {}),
        ...(options.lock === false ? { lock: false } : {}),
      });
    });
    const telling = new Telling(claimed, place, abandoned);
    if (run === undefined) return await telling.cancelled();
    if (run instanceof ContractorError) {
      // What was cut off may run yet: of a worker that was started again, with a policy that does not admit it any more.
      await endRuns(supervisor, (each) => each === directory);
      return await telling.refused(run);
    }
    try {
      return await telling.whole(run);
    } catch (error) {
      run.cancel();
      await run.result.catch(() => undefined);
      throw error;
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The longest name that every file system takes, less than what is made beside it. */
const LONGEST_NAME = 200;

/** Below the store, whatever somebody has written into the database as the names of a run and a project. */
function directoryOf({ run, project }: Pick<Claim, 'run' | 'project'>, { storeDirectory }: Supervisor): string {
  const name = `${encodeURIComponent(run)}-${encodeURIComponent(project)}`;
  const fitting = name.length <= LONGEST_NAME ? name : createHash('sha256').update(name).digest('hex');
  return resolve(storeDirectory, 'fleet', fitting);
}

/**
 * Ends what an earlier process of this worker was at and what is not its own any more, and what of it still runs. Removes the
 * specifications that it has left, also of runs that had ended or had not begun.
 */
export async function endLeftovers(own: readonly ClaimedProject[], supervisor: Supervisor): Promise<void> {
  const kept = new Set(own.map(({ claim }) => directoryOf(claim, supervisor)));
  const top = resolve(supervisor.storeDirectory, 'fleet');
  await endRuns(supervisor, (directory) => dirname(directory) === top && !kept.has(directory));
  for (const { specName, state } of supervisor.runs()) if (state === 'running') kept.add(dirname(specName));
  const left = existsSync(top) ? readdirSync(top, { withFileTypes: true }) : [];
  for (const entry of left) {
    const directory = join(top, entry.name);
    if (entry.isDirectory() && !kept.has(directory)) rmSync(directory, { recursive: true });
  }
}

/** Ends the runs that were cut off and whose specification is in such a directory. */
async function endRuns(supervisor: Supervisor, isMeant: (directory: string) => boolean): Promise<void> {
  for (const { id, specName, state, endedAt } of supervisor.runs()) {
    const directory = dirname(specName);
    if (endedAt !== undefined || state === 'running' || !isMeant(directory)) continue;
    await supervisor.cancel(id);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A build of the same file goes on with what was cut off: the file has the same name in each attempt of this worker. */
function writeSource(directory: string, { specText, lockText }: ClaimedProject): SpecSource {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const fileName = join(directory, 'build.yaml');
  writeFileSync(fileName, specText);
  if (lockText !== null) writeFileSync(lockPath(fileName), lockText);
  return { fileName, text: specText, directory };
}

/** Undefined when it was ended before it had begun. */
async function refusable<T>(ended: AbortSignal, act: () => Promise<T>): Promise<T | ContractorError | undefined> {
  try {
    return await act();
  } catch (error) {
    if (ended.aborted) return undefined;
    if (error instanceof ContractorError && !OWN_REFUSALS.test(error.code)) return error;
    throw error;
  }
}
