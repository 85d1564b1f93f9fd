import type { Arrow } from './box.ts';

/**
 * The boxes of each layer in an order that saves crossings: each goes to the
 * middle of its neighbours in the layers before, then in those behind, a few times.
 */
export function orderLayers(layers: readonly (readonly string[])[], arrows: readonly Arrow[]): string[][] {
  let ordered = layers.map((layer) => [...layer]);
  const before = Map.groupBy(arrows, ({ to }) => to);
  const after = Map.groupBy(arrows, ({ from }) => from);
  for (let sweep = 0; sweep < 4; sweep += 1) {
    const forwards = sweep % 2 === 0;
    // Places between 0 and 1, so that layers of any size can be compared.
    const places = new Map(
      ordered.flatMap((layer) => layer.map((id, index) => [id, (index + 0.5) / layer.length] as const)),
    );
    const sorted = (layer: readonly string[]): string[] => {
      const wanted = new Map(
        layer.map((id) => {
          const ids = forwards ? before.get(id)?.map(({ from }) => from) : after.get(id)?.map(({ to }) => to);
          const known = (ids ?? []).flatMap((other) => places.get(other) ?? []);
          const middle =
            known.length === 0 ? (places.get(id) ?? 0) : known.reduce((sum, place) => sum + place, 0) / known.length;
          return [id, middle] as const;
        }),
      );
      const result = layer.toSorted((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      for (const [index, id] of result.entries()) places.set(id, (index + 0.5) / result.length);
      return result;
    };
    if (forwards) ordered = ordered.map(sorted);
    else ordered = ordered.toReversed().map(sorted).toReversed();
  }
  return ordered;
}
