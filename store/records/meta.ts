import type { Database } from '../database.ts';
import { jsonColumn, valueOfColumn } from '../json-column.ts';

/** Facts about the store as a whole, such as the id map that its trees were made with. */
export interface MetaRecords {
  getMeta(key: string): unknown;
  setMeta(key: string, value: unknown): void;
}

export function metaRecords(database: Database): MetaRecords {
  return {
    getMeta(key) {
      const [row] = database.all<{ value: string }>('SELECT value FROM meta WHERE key = ?', key);
      return row && valueOfColumn(row.value, `\`${key}\` of the store`);
    },
    setMeta(key, value) {
      database.run(
        'INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2',
        key,
        jsonColumn(value),
      );
    },
  };
}
