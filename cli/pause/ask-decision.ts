import { createInterface } from 'node:readline/promises';
import type { Context } from '../context.ts';
import { paintFor } from '../text/paint.ts';
import { rowText } from '../text/row.ts';

/** What a person can say of a paused step. `leave`: nothing yet. */
export type Answer = 'retry' | 'shell' | 'by-hand' | 'edit' | 'skip' | 'give-up' | 'leave';

const ANSWERS: Readonly<Record<string, Answer>> = {
  r: 'retry',
  s: 'shell',
  m: 'by-hand',
  e: 'edit',
  k: 'skip',
  g: 'give-up',
  q: 'leave',
};

/** A key each. What can be made by hand is a `shell` step that has failed; the id of a step says its action. */
function choicesFor({ step, because }: { readonly step: string; readonly because: 'failure' | 'break' }): string[] {
  return [
    because === 'failure' ? 'r retry' : 'r run it',
    's shell',
    ...(because === 'failure' && step.endsWith('-shell') ? ['m make it by hand'] : []),
    'e edit the specification and go on',
    'k skip it',
    'g give up',
    'q leave it paused',
  ];
}

/** As many on a line as there is room for. */
function packed(choices: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const choice of choices) {
    const longer = `${lines.at(-1) ?? ''}${lines.length === 0 ? '  ' : '   '}${choice}`;
    if (lines.length > 0 && longer.length >= width) lines.push(`  ${choice}`);
    else lines.splice(-1, 1, longer);
  }
  return lines;
}

/** Asks until an answer is understood. The end of the input, or Ctrl-C, leaves it as it is. */
export async function askDecision(
  paused: { readonly step: string; readonly because: 'failure' | 'break' },
  context: Context,
): Promise<Answer> {
  const { stdout, env } = context;
  const paint = paintFor(stdout, env);
  const { step, because } = paused;
  const rows = [
    { left: [['warning', `${step} ${because === 'failure' ? 'has failed' : 'is next'}; the build is paused.`]] },
    ...packed(choicesFor(paused), stdout.columns ?? 80).map((line) => ({ left: [['plain', line]] }) as const),
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
