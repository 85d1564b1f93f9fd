/** Does `work` on each of `items`, so many at a time; after a failure no further one is begun, and it is thrown when the others have ended. */
export async function severalAtOnce<Item>(
  items: readonly Item[],
  { most, signal }: { readonly most: number; readonly signal: AbortSignal | undefined },
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const failures: unknown[] = [];
  const one = async (): Promise<void> => {
    // All take from the same iterator.
    for (const item of left) {
      if (failures.length > 0) return;
      try {
        signal?.throwIfAborted();
        await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: most }, one));
  if (failures.length > 0) throw failures[0];
}
