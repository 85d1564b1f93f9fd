import { createInterface } from 'node:readline/promises';
import type { Outcome, Session } from '../../index.ts';
import type { Context } from '../context.ts';
import { changeRows } from '../diff/change-rows.ts';
import { printRows } from '../print.ts';
import { glyphsFor } from '../text/glyphs.ts';

/** What became of what a shell has left, when it was to be the result of the step. */
export type Kept =
  { readonly type: 'kept'; readonly attempt: number } | { readonly type: 'not-kept'; readonly because: string };

/**
 * Makes what the shell has left the result of the step. A person sees it first and is asked; what nobody
 * watched over has to end with status 0.
 */
export async function keepByHand(
  { session, outcome, asks }: { readonly session: Session; readonly outcome: Outcome; readonly asks: boolean },
  context: Context,
): Promise<Kept> {
  if (outcome.type !== 'succeeded' && (outcome.type !== 'failed' || !asks)) {
    return { type: 'not-kept', because: outcome.type === 'failed' ? 'the command failed' : 'it did not end by itself' };
  }
  if (asks) {
    printRows(changeRows(await session.changes(), glyphsFor(context.env)), context);
    if (!(await isWanted(context))) return { type: 'not-kept', because: 'you said so' };
  }
  return { type: 'kept', attempt: (await session.commit()).attempt };
}

async function isWanted(context: Context): Promise<boolean> {
  const reader = createInterface({ input: context.openStdin(), output: context.stdout });
  const left = new Promise<string>((resolve) => {
    for (const end of ['SIGINT', 'close'] as const) reader.once(end, () => resolve('n'));
  });
  try {
    for (;;) {
      const word = await Promise.race([reader.question('Make this the result of the step? [y/n] '), left]);
      const first = word.trim().toLowerCase().slice(0, 1);
      if (first === 'y' || first === 'n') return first === 'y';
    }
  } finally {
    reader.close();
  }
}
