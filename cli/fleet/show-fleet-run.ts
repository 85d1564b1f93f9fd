import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fleet } from '../../fleet/open-fleet.ts';
import type { BuildEvent, RunResult } from '../../index.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { chooseFace } from '../progress/choose-face.ts';
import type { FaceChoice } from '../progress/choose-face.ts';
import type { Face, StepReference } from '../progress/face.ts';
import { glyphsFor } from '../text/glyphs.ts';
import { paintFor } from '../text/paint.ts';
import { ownFleetCommand } from '../with-supervisor.ts';
import { askDetach } from './ask-detach.ts';
import { tellUnplaced } from './tell-unplaced.ts';

/** What a run is shown with. */
interface ShowPlace {
  readonly fleet: Fleet;
  /** A directory for the logs of failed steps, whose last lines are shown. */
  readonly logs: string;
  readonly choice: FaceChoice;
  readonly context: Context;
}

/** Of a failed step the last lines are shown. */
const LOG_END_BYTES = 64 * 1024;
const TICK_MS = 100;
/** Whoever looks on waits as long as it takes. */
const PATIENT_MS = Infinity;

/**
 * Shows a run that workers build until it has ended. Ctrl-C asks a person whether to leave it or to cancel it, and
 * without a terminal leaves it: it goes on either way until somebody cancels it.
 */
export async function showFleetRun(run: string, place: ShowPlace): Promise<void> {
  const { fleet, context } = place;
  for (;;) {
    const end = await showUntilInterrupted(run, place);
    if (end !== 'interrupted') {
      context.exitStatus = { built: EXIT.done, failed: EXIT.failed, cancelled: EXIT.interrupted }[end];
      return;
    }
    const answer = await askDetach(run, context);
    if (answer === 'cancel') {
      const { requestCancel } = await import('../../fleet/cancel-run.ts');
      await requestCancel(fleet, run, context.now());
    }
    if (answer === 'detach') {
      const own = ownFleetCommand(fleet.database.name);
      context.stderr.write(`contractor: run ${run} goes on. → ${own} status ${run}\n`);
      context.exitStatus = EXIT.interrupted;
      return;
    }
  }
}

async function showUntilInterrupted(run: string, place: ShowPlace): Promise<RunResult | 'interrupted'> {
  const { fleet, context } = place;
  const left = new AbortController();
  const stop = context.onInterrupt(() => {
    if (left.signal.aborted) context.exitNow(EXIT.interrupted);
    left.abort();
  });
  const files = new Map<string, string>();
  const face = faceOf(place, (step) => files.get(keyOf(step)));
  const timer = setInterval(() => face.tick?.(), TICK_MS);
  const stopTelling = tellUnplaced(run, { fleet, face });
  const patience = {
    giveUpAfterMs: PATIENT_MS,
    now: () => performance.now(),
    name: fleet.database.name,
    signal: left.signal,
    onChange: (_: string, isAway: boolean) =>
      face.notice(isAway ? 'the database is away; waiting for it …' : 'the database is back'),
  };
  try {
    const { followRun } = await import('../../fleet/follow-run.ts');
    for await (const event of followRun(run, { database: fleet.database, patience, signal: left.signal })) {
      if (event.type === 'step-ended') await bringLog(event, { ...place, files });
      face.handle(event);
      if (event.type === 'run-ended') return event.result;
    }
    return 'interrupted';
  } catch (error) {
    if (left.signal.aborted) return 'interrupted';
    throw error;
  } finally {
    clearInterval(timer);
    await stopTelling();
    stop();
    face.end();
  }
}

function faceOf({ fleet, choice, context }: ShowPlace, logFile: (step: StepReference) => string | undefined): Face {
  const { stdout: output, env } = context;
  return chooseFace(
    choice,
    {
      output,
      paint: paintFor(output, env),
      glyphs: glyphsFor(env),
      now: () => context.now(),
      logFile,
      lastDurations: () => [],
      command: ownFleetCommand(fleet.database.name),
      isRemote: true,
    },
    env['TERM'] === 'dumb',
  );
}

/** Of a step that did not succeed the end of the log is brought here, before its own end is shown. */
async function bringLog(
  { run, project, step, attempt, attemptId, outcome }: Extract<BuildEvent, { type: 'step-ended' }>,
  { fleet, logs, files }: ShowPlace & { readonly files: Map<string, string> },
): Promise<void> {
  if (outcome.type === 'succeeded' || outcome.type === 'cancelled') return;
  const { logEnd } = await import('../../fleet/read-runs.ts');
  const file = join(logs, `${files.size}.log`);
  writeFileSync(file, await logEnd(fleet.database, { run, attempt: attemptId, maxBytes: LOG_END_BYTES }));
  files.set(keyOf({ run, project, step, attempt }), file);
}

function keyOf({ project, step, attempt }: StepReference): string {
  return `${project}\n${step}\n${attempt ?? ''}`;
}
