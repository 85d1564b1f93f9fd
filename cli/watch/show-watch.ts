import { ContractorError } from '../../errors.ts';
import type { WatchEvent } from '../../index.ts';
import type { Context } from '../context.ts';
import { errorText } from '../error-text.ts';
import { printProblems } from '../print-problems.ts';
import type { Face } from '../progress/face.ts';
import { paintFor } from '../text/paint.ts';
import { rowText } from '../text/row.ts';
import { RESTARTED, watchRows } from './watch-rows.ts';

/** Ten frames a second look alive; more cost the build. */
const TICK_MS = 100;

/** How the events of a watch are shown. */
export interface WatchShow {
  /** Whether a build runs now. */
  readonly isBuilding: boolean;
  handle(event: WatchEvent): void;
  /** A word from the command line itself. */
  notice(text: string): void;
  end(): void;
}

/** For programs: one event a line, those of builds among them. */
export function jsonShow(write: (event: WatchEvent) => void): WatchShow {
  let isBuilding = false;
  return {
    get isBuilding() {
      return isBuilding;
    },
    handle(event) {
      if (event.type === 'build-needed') isBuilding = true;
      if (event.type === 'run-ended' || event.type === 'watch-refused') isBuilding = false;
      write(event);
    },
    notice() {},
    end() {},
  };
}

/** For people: a face for each build, and between them lines of what is watched, what changed, and what follows. */
export function textShow(
  newFace: () => Face,
  { quiet = false }: { readonly quiet?: boolean },
  context: Context,
): WatchShow {
  const { stdout, env, workingDirectory } = context;
  const paint = paintFor(stdout, env);
  let face: Face | undefined;
  let ticking: NodeJS.Timeout | undefined;
  let isBuilding = false;
  const endFace = (): void => {
    clearInterval(ticking);
    face?.end();
    face = undefined;
    isBuilding = false;
  };
  return {
    get isBuilding() {
      return isBuilding;
    },
    handle(event) {
      if (event.type === 'build-needed') isBuilding = true;
      if (event.type === 'run-started') {
        face ??= newFace();
        ticking ??= setInterval(() => face?.tick?.(), TICK_MS);
      }
      const rows = watchRows(event, workingDirectory);
      if (event.type === 'watch-refused') endFace();
      if (event.type === 'watch-refused') printRefusal(event, context);
      if (face !== undefined) {
        if (event.type === 'build-restarted') face.notice(RESTARTED);
        else if (isOfBuild(event)) face.handle(event);
      } else if (!quiet) {
        for (const row of rows) stdout.write(`${rowText(row, { width: Infinity, paint })}\n`);
      }
      if (event.type !== 'run-ended') return;
      endFace();
      ticking = undefined;
    },
    notice: (text) => face?.notice(text),
    end: endFace,
  };
}

type OfBuild = Parameters<Face['handle']>[0];

function isOfBuild(event: WatchEvent): event is OfBuild {
  return 'run' in event && event.type !== 'build-restarted';
}

function printRefusal(refused: Extract<WatchEvent, { type: 'watch-refused' }>, context: Context): void {
  const { code, message, mend, problems } = refused;
  if (problems !== undefined) printProblems(problems, context);
  else context.stderr.write(errorText(new ContractorError(code, message, mend), paintFor(context.stderr, context.env)));
}
