import type { Database } from '../database.ts';

/** What the outside world said last. */
export interface OutsideAnswer {
  readonly answer: string;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
}

/** The hash of a host file, and how that looked when it was read. */
export interface FileHash {
  readonly path: string;
  readonly look: string;
  readonly hash: string;
}

/** What is known of the world outside of the store: a cache, that may be lost. */
export interface OutsideRecords {
  getAnswer(question: string): OutsideAnswer | undefined;
  putAnswer(question: string, answer: OutsideAnswer): void;
  /** The hash of a file, when it still looks as it did. */
  getFileHash(path: string, look: string): string | undefined;
  putFileHashes(hashes: readonly FileHash[]): void;
  /** The questions that were asked last before a moment. */
  questionsBefore(askedBefore: number): string[];
  /** The files whose hashes are known, so many of them, by their paths from behind one on. */
  fileLooks(after: string, count: number): readonly Omit<FileHash, 'hash'>[];
  /** Forgets answers, unless they were asked for again since, and hashes of files that look so. @returns how many */
  forgetOutside(forgotten: {
    readonly questions: readonly string[];
    readonly askedBefore: number;
    readonly looks: readonly Omit<FileHash, 'hash'>[];
  }): number;
}

export function outsideRecords(database: Database): OutsideRecords {
  return {
    getAnswer: (question) =>
      database.all<OutsideAnswer>(
        'SELECT answer, asked_at AS askedAt FROM outside_answers WHERE question = ?',
        question,
      )[0],
    putAnswer: (question, { answer, askedAt }) =>
      void database.run(
        `INSERT INTO outside_answers (question, answer, asked_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (question) DO UPDATE SET answer = ?2, asked_at = ?3`,
        question,
        answer,
        askedAt,
      ),
    getFileHash: (path, look) =>
      database.all<{ hash: string }>('SELECT hash FROM file_hashes WHERE path = ? AND look = ?', path, look)[0]?.hash,
    putFileHashes: (hashes) =>
      database.transaction(() => {
        for (const { path, look, hash } of hashes) {
          database.run(
            `INSERT INTO file_hashes (path, look, hash) VALUES (?1, ?2, ?3)
             ON CONFLICT (path) DO UPDATE SET look = ?2, hash = ?3`,
            path,
            look,
            hash,
          );
        }
      }),
    questionsBefore: (askedBefore) =>
      database
        .all<{ question: string }>('SELECT question FROM outside_answers WHERE asked_at < ?', askedBefore)
        .map(({ question }) => question),
    fileLooks: (after, count) =>
      database.all('SELECT path, look FROM file_hashes WHERE path > ? ORDER BY path LIMIT ?', after, count),
    forgetOutside: ({ questions, askedBefore, looks }) =>
      database.transaction(() => {
        let count = 0;
        for (const question of questions) {
          count += database.run(
            'DELETE FROM outside_answers WHERE question = ? AND asked_at < ?',
            question,
            askedBefore,
          );
        }
        for (const { path, look } of looks) {
          count += database.run('DELETE FROM file_hashes WHERE path = ? AND look = ?', path, look);
        }
        return count;
      }),
  };
}
