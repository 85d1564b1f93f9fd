import type { Outcome } from '../../machines/outcome.ts';
import type { Step } from '../../spec-schema/build-spec.ts';
import type { Action, ActionContext, ActionResult } from '../action.ts';
import { parametersFor } from './command-of-step.ts';
import { declarationOf } from './declaration-of.ts';
import type { OwnActionContext, OwnResult, ProgramAction } from './own-action.ts';
import { resultFault } from './result-fault.ts';
import { writeFiles } from './write-files.ts';

/** Runs the code of the embedding program, and takes from it nothing but what an {@link OwnResult} may be. */
export function programAction(given: ProgramAction): Action {
  const run = given.run.bind(given);
  return {
    declaration: declarationOf(given),
    version: given.version,
    isolation: () => ({
      runsIn: 'contractor',
      network: true,
      reads: ['whatever the program that embeds contractor can read'],
      writes: ['workspace', 'whatever that program can write'],
    }),
    run: async (step, context) => {
      const { tree } = context;
      const ended = await endOf(run, step, context);
      if ('outcome' in ended) return { ...ended, tree };
      if ('failed' in ended.result) {
        const { failed, hint, temporary } = ended.result;
        const outcome: Outcome = {
          type: 'failed',
          exitCode: 1,
          message: oneLine(failed),
          ...(hint === undefined ? {} : { hint: oneLine(hint) }),
          ...(temporary === true ? { temporary } : {}),
        };
        context.log(oneLine(failed));
        return { outcome, tree };
      }
      return await succeeded(ended.result, context);
    },
  };
}

type Ended = { readonly outcome: Outcome } | { readonly result: OwnResult };

/** Rejects when the step is cancelled or out of time, whether the code takes notice or not. */
async function endOf(run: ProgramAction['run'], step: Step, context: ActionContext): Promise<Ended> {
  const { signal } = context;
  signal.throwIfAborted();
  const own = ownContext(context);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(new Error('the step was ended'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    const code = (async () => await run(parametersFor(step), own.context))();
    const result: unknown = await Promise.race([code, aborted]);
    own.rethrow();
    if (result === undefined) return { result: {} };
    const fault = resultFault(result);
    if (fault !== undefined) return { outcome: broken(step, fault) };
    return { result: result as OwnResult };
  } catch (error) {
    own.rethrow();
    if (signal.aborted) throw error;
    context.log(error instanceof Error ? (error.stack ?? error.message) : oneLine(error));
    return { outcome: { type: 'failed', exitCode: 1, message: oneLine(wordsOf(error)) } };
  } finally {
    own.end();
    signal.removeEventListener('abort', abort);
  }
}

/** What the code gets, until it has ended; what the log's disk refuses is kept, as it is no fault of the code. */
function ownContext({ signal, specDirectory, log, onProgress }: ActionContext): {
  readonly context: OwnActionContext;
  end(): void;
  rethrow(): void;
} {
  let isOver = false;
  let refused: { readonly error: unknown } | undefined;
  const context: OwnActionContext = {
    signal,
    specDirectory,
    log: (line) => {
      if (isOver) return;
      try {
        log(printable(line));
      } catch (error) {
        refused ??= { error };
        throw error;
      }
    },
    progress: ({ label, done, total }) => {
      if (isOver) return;
      onProgress({
        label: oneLine(label),
        ...(Number.isFinite(done) ? { done: Number(done) } : {}),
        ...(Number.isFinite(total) ? { total: Number(total) } : {}),
      });
    },
  };
  return {
    context: Object.freeze(context),
    end: () => (isOver = true),
    rethrow: () => {
      if (refused !== undefined) throw refused.error;
    },
  };
}

async function succeeded(
  { files = {}, resolved = [] }: Exclude<OwnResult, { failed: string }>,
  context: ActionContext,
): Promise<ActionResult> {
  const { tree } = context;
  const known = resolved.length === 0 ? {} : { resolved: structuredClone(resolved) };
  if (Object.keys(files).length === 0) return { outcome: { type: 'succeeded' }, ...known, tree };
  const layer = await writeFiles(files, context);
  return {
    outcome: { type: 'succeeded' },
    ...known,
    tree: { ...tree, workspace: [...tree.workspace, { type: 'layer', id: layer }] },
    layers: [{ id: layer, kind: 'workspace' }],
  };
}

function broken({ action }: Step, fault: string): Outcome {
  return {
    type: 'refused',
    code: 'ACTION_BROKEN',
    message: `The \`run\` of the action \`${action}\` has given what is no result: ${fault}.`,
    mend: 'Correct the action, in the program that defines it.',
  };
}

function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words === '' ? 'the action has thrown' : words;
}

/** What a terminal shows of it is a line, and no more than a line. */
function oneLine(words: unknown): string {
  return String(words)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .slice(0, 500);
}

function printable(line: unknown): string {
  return String(line).replaceAll(/[^\t\P{Cc}]+/gu, ' ');
}
