import type { BareRun, RunEnd } from '../../index.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Interruption } from '../interruption.ts';
import type { Face } from './face.ts';

/** Ten frames a second look alive; more cost the build. */
const TICK_MS = 100;

/** Shows `run` on `face` until it has ended, and says what the process is to end with. */
export async function showRun(run: BareRun, face: Face, interruption: Interruption): Promise<ExitStatus> {
  interruption.tell((text) => face.notice(text));
  const timer = setInterval(() => face.tick?.(), TICK_MS);
  try {
    for await (const event of run.events()) face.handle(event);
  } finally {
    clearInterval(timer);
    face.end();
  }
  return statusOf(await run.result);
}

function statusOf(result: RunEnd): ExitStatus {
  switch (result) {
    case 'built':
      return EXIT.done;
    case 'failed':
    case 'paused':
    case 'left': // The command line leaves none.
      return EXIT.failed;
    case 'cancelled':
      return EXIT.interrupted;
  }
}
