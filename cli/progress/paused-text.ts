/** What a paused project waits at. */
export function pausedText({ because }: { readonly because: 'failure' | 'break' }): string {
  return because === 'failure' ? 'failed, and waits for a decision' : 'is not begun: its project waits for a decision';
}
