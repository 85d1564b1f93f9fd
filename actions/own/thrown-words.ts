const MOST = 500;

/** What code of a program has thrown, or has given where a text belongs, as one line that is not too long. It may be anything: asking it can throw. */
export function wordsOf(given: unknown): string {
  try {
    const words = oneLine(given instanceof Error ? given.message : given);
    return words.trim() === '' ? 'the action has thrown' : words;
  } catch {
    return 'the action has thrown what has no words';
  }
}

/** What a terminal shows of it is a line, and no more than a line. */
export function oneLine(words: unknown): string {
  return String(words)
    .slice(0, 4 * MOST)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .slice(0, MOST)
    .toWellFormed();
}
