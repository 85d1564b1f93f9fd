import type { Command } from 'commander';
import { ContractorError } from '../errors.ts';
import type { Supervisor } from '../index.ts';
import type { Context } from './context.ts';
import { chooseFace } from './progress/choose-face.ts';
import type { FaceChoice } from './progress/choose-face.ts';
import type { Face, StepReference } from './progress/face.ts';
import { glyphsFor } from './text/glyphs.ts';
import { paintFor } from './text/paint.ts';
import { ownCommand } from './with-supervisor.ts';

/** What shows a build of this supervisor, as it was asked for, on this terminal. */
export function faceOfBuild(
  choice: FaceChoice,
  supervisor: Supervisor,
  { context, command }: { readonly context: Context; readonly command: Command },
): Face {
  const { stdout: output, env } = context;
  return chooseFace(
    choice,
    {
      output,
      paint: paintFor(output, env),
      glyphs: glyphsFor(env),
      now: () => context.now(),
      logFile: (step) => logFileOf(supervisor, step),
      lastDurations: (id) => supervisor.lastDurations(id),
      command: ownCommand(command),
    },
    env['TERM'] === 'dumb',
  );
}

/** A step that never began has no log; that is no reason to show nothing of the build. */
function logFileOf(supervisor: Supervisor, step: StepReference): string | undefined {
  try {
    return supervisor.logFile(step);
  } catch (error) {
    if (error instanceof ContractorError) return undefined;
    throw error;
  }
}
