import type { Context } from './context.ts';
import { EXIT } from './exit-status.ts';

/** Ctrl-C, and the like: the first asks the build to end, the second ends the program. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
  /** Where to say that the build is being cancelled. */
  tell(notice: (text: string) => void): void;
}

const CANCELLING = 'cancelling … (Ctrl-C again to kill)';

/** Listens for interruptions until it is disposed. */
export function listenForInterruption(context: Context): Interruption {
  const controller = new AbortController();
  let notice: ((text: string) => void) | undefined;
  const stop = context.onInterrupt((signal) => {
    if (controller.signal.aborted) {
      context.exitNow(EXIT.interrupted);
      return;
    }
    controller.abort(signal);
    notice?.(CANCELLING);
  });
  return {
    signal: controller.signal,
    tell(to) {
      notice = to;
      // It may have come while the build was being prepared.
      if (controller.signal.aborted) to(CANCELLING);
    },
    [Symbol.dispose]: stop,
  };
}
