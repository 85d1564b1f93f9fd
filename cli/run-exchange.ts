import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { PrunePlaceOptions, PrunePlaceReport, TransferOptions, TransferProgress } from '../index.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-status.ts';
import { listenForInterruption } from './interruption.ts';
import { printJson } from './print.ts';
import { liveLine } from './progress/live-line.ts';
import { countText } from './text/count-text.ts';
import { sizeText } from './text/size-text.ts';
import { databaseOption, withSupervisor } from './with-supervisor.ts';

/** What is to go where, or to come from there. */
export interface ExchangeCommand {
  readonly reference: string;
  readonly place: string;
  readonly json?: true;
  readonly anew?: true;
  readonly endpoint?: string;
}

interface Invocation {
  readonly context: Context;
  readonly command: Command;
}

/** What `contractor artifact push` does. */
export async function runPush(
  { reference, place, json, anew, endpoint }: ExchangeCommand,
  by: Invocation,
): Promise<void> {
  await withSupervisor(by, async ({ artifacts }) => {
    const where = placeFrom(by.context, place);
    const report = await transferred(by.context, (options) =>
      artifacts.push(reference, where, { ...options, ...at(endpoint), anew: anew === true }),
    );
    if (report === undefined) return;
    if (json) printJson(report, by.context);
    else {
      const { name, version, digest, sent, sentBytes } = report;
      const what = sent === 0 ? 'all of it was there' : `sent ${sizeText(sentBytes)} in ${countText(sent, 'object')}`;
      by.context.stdout.write(`pushed ${name}@${version} as ${name}@${digest.slice(0, 12)} (${what})\n`);
    }
  });
}

/** What `contractor artifact pull` does. */
export async function runPull({ reference, place, json, endpoint }: ExchangeCommand, by: Invocation): Promise<void> {
  await withSupervisor(by, async ({ artifacts }) => {
    const where = placeFrom(by.context, place);
    const report = await transferred(by.context, (options) =>
      artifacts.pull(reference, where, { ...options, ...at(endpoint) }),
    );
    if (report === undefined) return;
    if (json) printJson(report, by.context);
    else {
      const { name, version, isNew, fetched, fetchedBytes } = report;
      const what =
        fetched === 0 ? 'nothing to fetch' : `fetched ${sizeText(fetchedBytes)} in ${countText(fetched, 'object')}`;
      by.context.stdout.write(`${isNew ? 'pulled' : 'had already'} ${name}@${version} (${what})\n`);
    }
  });
}

/** The options of `contractor artifact prune`. */
export interface PruneCommandOptions {
  readonly keepFor?: number;
  readonly keepVersions?: number;
  readonly grace?: number;
  readonly settle?: number;
  readonly dryRun?: true;
  readonly endpoint?: string;
  readonly json?: true;
}

/** What `contractor artifact prune` does. */
export async function runPrune(text: string, options: PruneCommandOptions, by: Invocation): Promise<void> {
  const place = placeFrom(by.context, text);
  const policy = policyOf(options);
  await withSupervisor(by, async ({ artifacts }) => {
    const pruned = async (more: PrunePlaceOptions): Promise<PrunePlaceReport | undefined> =>
      await transferred(
        by.context,
        async ({ signal }) => await artifacts.prunePlace(place, { ...policy, ...more, ...(signal && { signal }) }),
        'interrupted; what is gone was needed by nobody',
      );
    const database = databaseOption(by.command);
    const report = database === undefined ? await pruned({}) : await withUserOfPlace(database, pruned);
    if (report === undefined) return;
    if (options.json) printJson(report, by.context);
    else printPruned(report, { isDry: options.dryRun === true, context: by.context });
  });
}

function policyOf({ keepFor, keepVersions, grace, settle, dryRun, endpoint }: PruneCommandOptions): PrunePlaceOptions {
  return {
    ...(keepFor === undefined ? {} : { keepForMs: keepFor }),
    ...(keepVersions === undefined ? {} : { keepVersions }),
    ...(grace === undefined ? {} : { graceMs: grace }),
    ...(settle === undefined ? {} : { settleMs: settle }),
    ...at(endpoint),
    dryRun: dryRun === true,
  };
}

/** With the workers of a database, who know what their runs need. */
async function withUserOfPlace<Result>(
  url: string,
  use: (options: PrunePlaceOptions) => Promise<Result>,
): Promise<Result> {
  const [{ withFleet }, { userOfPlace }] = await Promise.all([
    import('../fleet/open-fleet.ts'),
    import('../fleet/user-of-place.ts'),
  ]);
  return await withFleet(url, async ({ database }) => await use({ users: [await userOfPlace(database)] }));
}

function printPruned(
  { forgotten, removed, removedBytes, artifacts }: PrunePlaceReport,
  { isDry, context }: { readonly isDry: boolean; readonly context: Context },
): void {
  const would = isDry ? 'would be ' : '';
  for (const { name, digest } of forgotten) {
    context.stdout.write(`${name}@${digest.slice(0, 12)}: ${would}forgotten\n`);
  }
  context.stdout.write(
    `${countText(removed, 'object')} of ${sizeText(removedBytes)} ${would}removed; ${countText(artifacts, 'artifact')} there\n`,
  );
}

/** Undefined when it was interrupted. */
async function transferred<Report>(
  context: Context,
  transfer: (options: TransferOptions) => Promise<Report>,
  whenInterrupted = 'interrupted; what has arrived is not sent again the next time',
): Promise<Report | undefined> {
  const line = liveLine(context.stderr);
  const onProgress = ({ label, doneBytes, totalBytes }: TransferProgress): void =>
    line.show(`${label} ${sizeText(doneBytes)} of ${sizeText(totalBytes)}`);
  using interruption = listenForInterruption(context);
  try {
    return await transfer({ signal: interruption.signal, onProgress });
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    context.stderr.write(`${whenInterrupted}\n`);
    context.exitStatus = EXIT.interrupted;
    return undefined;
  } finally {
    line.clear();
  }
}

function at(endpoint: string | undefined): { endpoint?: string } {
  return endpoint === undefined ? {} : { endpoint };
}

/** A directory is meant from where the command was given. */
export function placeFrom({ workingDirectory }: Context, place: string): string {
  if (/^\.\.?(\/|$)/.test(place)) return resolve(workingDirectory, place);
  return /^file:(?!\/)./.test(place) ? `file:${resolve(workingDirectory, place.slice(5))}` : place;
}
