import { createInterface } from 'node:readline/promises';
import type { Context } from '../context.ts';
import { windowSize } from '../shell/connect-session.ts';

/** What is to become of a run that somebody has interrupted. */
export type DetachAnswer = 'detach' | 'cancel' | 'follow';

/** Asks a person; where there is none, the run goes on by itself. Another Ctrl-C leaves it too. */
export async function askDetach(run: string, context: Context): Promise<DetachAnswer> {
  if (windowSize(context) === undefined) return 'detach';
  const reader = createInterface({ input: context.openStdin(), output: context.stdout });
  const left = new Promise<string>((resolve) => {
    for (const end of ['SIGINT', 'close'] as const) reader.once(end, () => resolve('d'));
  });
  try {
    const question = `Run ${run} is built by workers. [d] leave it to them, [c] cancel it, [Enter] go on watching: `;
    const word = (await Promise.race([reader.question(question), left])).trim().toLowerCase();
    if (word.startsWith('d')) return 'detach';
    return word.startsWith('c') ? 'cancel' : 'follow';
  } finally {
    reader.close();
  }
}
