import type { Database } from '../database.ts';

/** The sealed file changes of one step: of its workspace, or of the writable system tree of a container. */
export interface LayerRecord {
  readonly id: string;
  readonly attempt: string;
  readonly sealedAt: number;
  readonly kind: 'workspace' | 'systree';
  /** The container whose system tree it belongs to; null for a workspace. */
  readonly container: string | null;
}

/** A layer that was just sealed. */
export interface NewLayer extends Omit<LayerRecord, 'container'> {
  readonly container?: string;
}

export interface LayerRecords {
  recordLayer(layer: NewLayer): void;
  getLayer(id: string): LayerRecord | undefined;
  /** The layers of all attempts of a run, in the order in which these began. */
  listLayers(run: string): LayerRecord[];
}

interface LayerRow {
  id: string;
  attempt: string;
  sealed_at: number;
  kind: 'workspace' | 'systree';
  container: string | null;
}

export function layerRecords(database: Database): LayerRecords {
  return {
    recordLayer({ id, attempt, sealedAt, kind, container }) {
      database.run(
        'INSERT INTO layers (id, attempt, sealed_at, kind, container) VALUES (?, ?, ?, ?, ?)',
        id,
        attempt,
        sealedAt,
        kind,
        container ?? null,
      );
    },

    getLayer(id) {
      const [row] = database.all<LayerRow>(
        'SELECT id, attempt, sealed_at, kind, container FROM layers WHERE id = ?',
        id,
      );
      return row && layerOfRow(row);
    },

    listLayers: (run) =>
      database
        .all<LayerRow>(
          `SELECT layers.id, attempt, sealed_at, kind, container FROM attempts JOIN layers ON layers.attempt = attempts.id
           WHERE run = ? ORDER BY attempts.rowid, sealed_at, layers.id`,
          run,
        )
        .map(layerOfRow),
  };
}

function layerOfRow({ sealed_at: sealedAt, ...row }: LayerRow): LayerRecord {
  return { ...row, sealedAt };
}
