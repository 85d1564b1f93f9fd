import type { Arrow, Box } from './box.ts';
import { layersOf } from './layers.ts';
import { orderLayers } from './order-layers.ts';

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The upper left corner of each box. */
  readonly places: ReadonlyMap<string, { readonly x: number; readonly y: number }>;
}

export interface LayoutOptions {
  /** Between columns, where the arrows run. */
  readonly gapX: number;
  readonly gapY: number;
  /** More boxes than that are not put above one another. */
  readonly tallest?: number;
}

/**
 * Places boxes in columns, so that arrows point to the right: layers by the
 * longest way to each box, an order in each that saves crossings (Sugiyama's
 * method), then heights near those of the neighbours. A layer that is too tall
 * becomes several columns. Takes milliseconds for a thousand boxes.
 */
export function layeredLayout(
  boxes: readonly Box[],
  arrows: readonly Arrow[],
  { gapX, gapY, tallest = Math.max(12, Math.ceil(Math.sqrt(boxes.length) * 1.2)) }: LayoutOptions,
): Layout {
  const sizes = new Map(boxes.map((box) => [box.id, box]));
  const layers = orderLayers(layersOf(boxes, arrows), arrows);
  const columns = layers.flatMap((layer) => inColumns(layer, tallest));
  const centres = centresOf(columns, arrows, { sizes, gapY });
  const places = new Map<string, { x: number; y: number }>();
  let x = 0;
  let top = Infinity;
  let bottom = 0;
  for (const column of columns) {
    const width = Math.max(0, ...column.map((id) => sizes.get(id)?.width ?? 0));
    for (const id of column) {
      const { height = 0, width: own = 0 } = sizes.get(id) ?? {};
      const y = (centres.get(id) ?? 0) - height / 2;
      places.set(id, { x: x + (width - own) / 2, y });
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + height);
    }
    x += width + gapX;
  }
  for (const place of places.values()) place.y -= top;
  return { width: Math.max(0, x - gapX), height: boxes.length === 0 ? 0 : bottom - top, places };
}

/** Equal columns, as few as there have to be. */
function inColumns(layer: readonly string[], tallest: number): readonly (readonly string[])[] {
  const count = Math.ceil(layer.length / tallest);
  const each = Math.ceil(layer.length / count);
  return Array.from({ length: count }, (_, index) => layer.slice(index * each, (index + 1) * each));
}

/** Sweeps over the columns: each box is drawn to the middle of its neighbours, and held apart from those beside it. */
function centresOf(
  columns: readonly (readonly string[])[],
  arrows: readonly Arrow[],
  { sizes, gapY }: { readonly sizes: ReadonlyMap<string, Box>; readonly gapY: number },
): ReadonlyMap<string, number> {
  const centres = new Map<string, number>();
  const heightOf = (id: string): number => sizes.get(id)?.height ?? 0;
  const place = (column: readonly string[], wanted: (id: string) => number): void => {
    const aims = column.map(wanted);
    const down: number[] = [];
    for (const [index, id] of column.entries()) {
      const above = column[index - 1];
      const least =
        above === undefined ? -Infinity : (down[index - 1] ?? 0) + (heightOf(above) + heightOf(id)) / 2 + gapY;
      down.push(Math.max(aims[index] ?? 0, least));
    }
    // What was pushed down is pushed down as a whole: the column as a block stays where it wants to be.
    const drift = down.reduce((sum, y, index) => sum + y - (aims[index] ?? 0), 0) / Math.max(1, down.length);
    for (const [index, id] of column.entries()) centres.set(id, (down[index] ?? 0) - drift);
  };
  for (const column of columns) {
    const pitch = Math.max(0, ...column.map(heightOf)) + gapY;
    place(column, (id) => (column.indexOf(id) - (column.length - 1) / 2) * pitch);
  }
  const before = Map.groupBy(arrows, ({ to }) => to);
  const after = Map.groupBy(arrows, ({ from }) => from);
  for (let sweep = 0; sweep < 6; sweep += 1) {
    const forwards = sweep % 2 === 0;
    for (const column of forwards ? columns : columns.toReversed()) {
      place(column, (id) => {
        const ids = forwards ? before.get(id)?.map(({ from }) => from) : after.get(id)?.map(({ to }) => to);
        const known = (ids ?? []).flatMap((other) => centres.get(other) ?? []);
        return known.length === 0 ? (centres.get(id) ?? 0) : known.reduce((sum, y) => sum + y, 0) / known.length;
      });
    }
  }
  return centres;
}
