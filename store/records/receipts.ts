import { createHash } from 'node:crypto';
import type { Database } from '../database.ts';

/** The statement of how an artifact version came about. */
export interface ProvenanceRecord {
  readonly statement: string;
  /** SHA-256 of its text when it was recorded. */
  readonly digest: string;
}

/** Receipts of attempts and statements about artifacts: texts, which are given back to the byte. */
export interface ReceiptRecords {
  recordReceipt(attempt: string, receipt: string): void;
  getReceipt(attempt: string): string | undefined;
  recordProvenance(artifact: { readonly name: string; readonly version: number }, statement: string): void;
  /** The next build that makes this tree states anew how. */
  forgetProvenance(artifact: { readonly name: string; readonly version: number }): void;
  getProvenance(artifact: { readonly name: string; readonly version: number }): ProvenanceRecord | undefined;
}

/** SHA-256 of a text, in hex. */
export function textDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function receiptRecords(database: Database): ReceiptRecords {
  return {
    recordReceipt(attempt, receipt) {
      // An attempt that was taken back after a power cut may end again.
      database.run('INSERT OR REPLACE INTO receipts (attempt, receipt) VALUES (?, ?)', attempt, receipt);
    },

    getReceipt(attempt) {
      const [row] = database.all<{ receipt: string }>('SELECT receipt FROM receipts WHERE attempt = ?', attempt);
      return row?.receipt;
    },

    recordProvenance({ name, version }, statement) {
      database.run(
        'INSERT INTO provenance (name, version, statement, digest) VALUES (?, ?, ?, ?)',
        name,
        version,
        statement,
        textDigest(statement),
      );
    },

    forgetProvenance({ name, version }) {
      database.run('DELETE FROM provenance WHERE name = ? AND version = ?', name, version);
    },

    getProvenance({ name, version }) {
      const [row] = database.all<ProvenanceRecord>(
        'SELECT statement, digest FROM provenance WHERE name = ? AND version = ?',
        name,
        version,
      );
      return row;
    },
  };
}
