import { ContractorError } from '../../errors.ts';
import type { Run } from '../../index.ts';
import type { Context } from '../context.ts';
import { collectedText } from '../listings/gc-rows.ts';
import { neutralised } from '../text/neutralised.ts';
import type { FaceChoice } from './choose-face.ts';

/** Waits for what the store's policy has removed after a build, and says what that was. It is no part of how the build ended. */
export async function showCollected(
  { collected }: Pick<Run, 'collected'>,
  { context, choice }: { readonly context: Context; readonly choice: FaceChoice },
): Promise<void> {
  const { progress, json, quiet } = choice;
  try {
    const report = await collected;
    const text = report === undefined ? undefined : collectedText(report);
    if (text === undefined || quiet) return;
    const isForProgram = json || progress === 'json' || progress === 'json-seq';
    (isForProgram ? context.stderr : context.stdout).write(`${text}\n`);
  } catch (error) {
    if (!(error instanceof ContractorError)) throw error;
    context.stderr.write(
      `contractor: what is old was not removed: ${neutralised(error.message)} ${neutralised(error.mend)}\n`,
    );
  }
}
