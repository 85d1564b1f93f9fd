import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ContractorError, type Verification, type VerifyBuild } from '../../index.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { listenForInterruption, type Interruption } from '../interruption.ts';
import { printJson, printRows } from '../print.ts';
import { withProblemsPrinted } from '../print-problems.ts';
import { chooseFace } from '../progress/choose-face.ts';
import { showRun } from '../progress/show-run.ts';
import { readSpec } from '../spec-file.ts';
import { glyphsFor } from '../text/glyphs.ts';
import { neutralised } from '../text/neutralised.ts';
import { paintFor } from '../text/paint.ts';
import { ownCommand, withSupervisor } from '../with-supervisor.ts';
import { verificationRows } from './verification-rows.ts';

/** The options of `contractor verify`. */
export interface VerifyCommandOptions {
  readonly keep?: boolean;
  readonly times?: boolean;
  readonly allowSource?: readonly string[];
  readonly strict?: boolean;
  readonly progress?: 'tree' | 'plain';
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What `contractor verify` does. */
export async function runVerify(
  {
    spec,
    project,
    options,
  }: { readonly spec: string | undefined; readonly project: string; readonly options: VerifyCommandOptions },
  { context, command }: { readonly context: Context; readonly command: Command },
): Promise<void> {
  if (spec === undefined) assertNoSpecification(project, context);
  const source = await readSpec(spec, context);
  const allowSources = (options.allowSource ?? []).map((path) => resolve(context.workingDirectory, path));
  for (const path of allowSources)
    context.stderr.write(`contractor: steps may copy from ${neutralised(path)}, as --allow-source says\n`);
  await withSupervisor({ context, command }, async (supervisor) => {
    using interruption = listenForInterruption(context);
    const verification = await withProblemsPrinted<Verification>({ supervisor, source, context }, () =>
      supervisor.verify(source, project, {
        allowSources,
        signal: interruption.signal,
        ...(options.keep === true ? { keep: true } : {}),
        ...(options.strict === true ? { strict: true } : {}),
        ...(options.json === true
          ? {}
          : {
              onBuild: (build: VerifyBuild) => showBuild(build, { options, context, interruption, project }),
              onCompare: () => {
                if (options.quiet !== true) context.stdout.write('Comparing the two builds\n');
              },
            }),
      }),
    );
    if (verification === undefined) return;
    context.exitStatus = statusOf(verification);
    if (options.json) printJson(verification, context);
    else {
      const { env } = context;
      const again = [ownCommand(command), 'verify', project, ...(spec === undefined ? [] : [spec])].join(' ');
      const look = {
        glyphs: glyphsFor(env),
        times: options.times === true,
        width: Math.min(context.stdout.columns ?? 100, 100),
        again,
      };
      printRows(verificationRows(verification, look), context);
    }
  });
}

function statusOf({ type }: Verification): number {
  switch (type) {
    case 'same':
      return EXIT.done;
    case 'different':
    case 'build-failed':
      return EXIT.failed;
    case 'cancelled':
      return EXIT.interrupted;
  }
}

async function showBuild(
  { number, run, store, logFile }: VerifyBuild,
  {
    options,
    context,
    interruption,
    project,
  }: {
    readonly options: VerifyCommandOptions;
    readonly context: Context;
    readonly interruption: Interruption;
    readonly project: string;
  },
): Promise<void> {
  const { stdout: output, env } = context;
  if (options.quiet !== true) {
    printRows([{ left: [['strong', `${number === 1 ? 'First' : 'Second'} build of ${project}`]] }], context);
  }
  const face = chooseFace(
    options,
    {
      output,
      paint: paintFor(output, env),
      glyphs: glyphsFor(env),
      now: () => context.now(),
      logFile: (step) => logFileIfAny(() => logFile(step)),
      lastDurations: () => [],
      command: `contractor --store ${store}`,
      isPassing: options.keep !== true,
    },
    env['TERM'] === 'dumb',
  );
  await showRun(run, face, interruption);
}

/** A step that never began has no log. */
function logFileIfAny(find: () => string): string | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof ContractorError) return undefined;
    throw error;
  }
}

/** Whoever is used to `contractor build SPEC` names a file first. */
function assertNoSpecification(word: string, { workingDirectory }: Context): void {
  if (!/[/.]/.test(word) && word !== '-') return;
  if (word !== '-' && statSync(resolve(workingDirectory, word), { throwIfNoEntry: false })?.isFile() !== true) return;
  throw new ContractorError(
    'USAGE',
    `\`${word}\` is a specification; which of its projects is to be verified?`,
    `Name it first: \`contractor verify PROJECT ${word}\`.`,
  );
}
