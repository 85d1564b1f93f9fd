import { createInterface } from 'node:readline/promises';
import type { Context } from '../context.ts';
import { paintFor } from '../text/paint.ts';
import { rowText } from '../text/row.ts';

/** What a person can say of a paused step. `leave`: nothing yet. */
export type Answer = 'retry' | 'shell' | 'edit' | 'skip' | 'give-up' | 'leave';

const ANSWERS: Readonly<Record<string, Answer>> = {
  r: 'retry',
  s: 'shell',
  e: 'edit',
  k: 'skip',
  g: 'give-up',
  q: 'leave',
};

/** Asks until an answer is understood. The end of the input, or Ctrl-C, leaves it as it is. */
export async function askDecision(
  { step, because }: { readonly step: string; readonly because: 'failure' | 'break' },
  context: Context,
): Promise<Answer> {
  const { stdout, env } = context;
  const paint = paintFor(stdout, env);
  const go = because === 'failure' ? 'retry' : 'run it';
  const rows = [
    { left: [['warning', `${step} ${because === 'failure' ? 'has failed' : 'is next'}; the build is paused.`]] },
    {
      left: [
        [
          'plain',
          `  r ${go}   s shell   e edit the specification and go on   k skip it   g give up   q leave it paused`,
        ],
      ],
    },
  ] as const;
  for (const row of rows) stdout.write(`${rowText(row, { width: Infinity, paint })}\n`);
  const reader = createInterface({ input: context.openStdin(), output: stdout });
  const left = new Promise<string>((resolve) => {
    for (const end of ['SIGINT', 'close'] as const) reader.once(end, () => resolve('q'));
  });
  try {
    for (;;) {
      const word = await Promise.race([reader.question('> '), left]);
      const answer = ANSWERS[word.trim().toLowerCase().slice(0, 1)];
      if (answer !== undefined) return answer;
    }
  } finally {
    reader.close();
  }
}
