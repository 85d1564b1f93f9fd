import type { Outcome } from '../../machines/outcome.ts';
import type { Step } from '../../spec-schema/build-spec.ts';
import type { Action, ActionContext, ActionResult } from '../action.ts';
import { parametersFor } from './command-of-step.ts';
import { declarationOf } from './declaration-of.ts';
import type { OwnActionContext, OwnResult, ProgramAction } from './own-action.ts';
import { resultFault } from './result-fault.ts';
import { oneLine, wordsOf } from './thrown-words.ts';
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
    const taken = takenResult(result);
    return 'fault' in taken ? { outcome: broken(step, taken.fault) } : taken;
  } catch (error) {
    own.rethrow();
    if (signal.aborted) throw error;
    context.log(stackOf(error));
    return { outcome: { type: 'failed', exitCode: 1, message: wordsOf(error) } };
  } finally {
    own.end();
    signal.removeEventListener('abort', abort);
  }
}

/** A copy, as what has been looked at may be another thing when it is looked at again. */
function takenResult(given: unknown): { readonly result: OwnResult } | { readonly fault: string } {
  try {
    const fault = resultFault(given);
    if (fault !== undefined) return { fault };
    const result = structuredClone(given);
    const copied = resultFault(result);
    return copied === undefined ? { result: result as OwnResult } : { fault: copied };
  } catch (error) {
    return { fault: `it cannot be read: ${wordsOf(error)}` };
  }
}

const MOST_OF_STACK = 16_384;

function stackOf(error: unknown): string {
  try {
    const stack: unknown = error instanceof Error ? error.stack : undefined;
    if (typeof stack === 'string') return stack.slice(0, MOST_OF_STACK);
  } catch {
    // It has no words either.
  }
  return wordsOf(error);
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
      const text = printable(line); // What has no text is a fault of the code.
      try {
        log(text);
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
  const known = resolved.length === 0 ? {} : { resolved };
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

function printable(line: unknown): string {
  return String(line).replaceAll(/[^\t\P{Cc}]+/gu, ' ');
}
