import type { ArtifactReference } from '../artifact-reference.ts';
import type { Database } from '../database.ts';
import type { WritesOut } from './taken-over.ts';

/** What was recorded since the last flush of the disk. */
export interface Undurable {
  /** Ids of ended attempts. */
  readonly attempts: readonly string[];
  readonly artifacts: readonly Required<ArtifactReference>[];
}

/**
 * The durable horizon: records above it may be lost, whole or with their files,
 * by a power cut, and count as never done after one.
 */
export interface HorizonRecords {
  /** What a flush that begins now will make durable. */
  undurable(): Undurable;
  /** To be called when that flush is complete; `flushedAt` is when it began, in milliseconds since 1970. */
  markDurable(what: Undurable, flushedAt: number): void;
  /** When the last complete flush began; 0 if there was none. */
  flushedAt(): number;
  /**
   * Forgets what another boot than `bootId` has recorded and not flushed: artifact
   * versions are removed, attempts that ended are again to be made, and the machines of their projects
   * begin anew, to find in the records what is left.
   */
  forgetUndurable(bootId: string, removedAt: number): Undurable;
  /**
   * Takes back an attempt that has ended, and every later one of its project: their results rest on trees that
   * are lost. The machine of the project begins anew, to find in the records what is left.
   */
  forgetFrom(attempt: string): void;
  /** Forgets the layer of a run that has ended: nothing is taken over from it any more. */
  forgetLayer(id: string): void;
  /** Nothing is taken over from these attempts any more, nor from those that have taken them over. What is recorded of them stays. */
  forgetKeys(run: string, project: string): void;
  /** Removes a version, though a run uses it: it is lost or damaged, so nobody can. */
  dropArtifactVersion(artifact: Required<ArtifactReference>, at: { removedAt: number }): void;
  /** The trees that records name: layers and attempts by id, those that failed once more, artifacts as `<name>/<digest>`. */
  namedTrees(): {
    readonly layers: string[];
    readonly attempts: string[];
    readonly failedAttempts: string[];
    readonly artifacts: string[];
  };
}

export function horizonRecords(database: Database, { writeOutAll }: WritesOut): HorizonRecords {
  // Ordered by `+rowid`, so that SQLite takes the few rows from their index instead of walking all in order.
  const undurable = (where: string, ...parameters: string[]): Undurable => ({
    attempts: database
      .all<{ id: string }>(
        `SELECT id FROM attempts WHERE durable = 0 AND ended_at IS NOT NULL ${where} ORDER BY +rowid`,
        ...parameters,
      )
      .map(({ id }) => id),
    artifacts: database.all<Required<ArtifactReference>>(
      `SELECT name, version FROM artifact_versions WHERE durable = 0 AND removed_at IS NULL ${where} ORDER BY +rowid`,
      ...parameters,
    ),
  });
  const mark = ({ attempts, artifacts }: Undurable): void => {
    for (const id of attempts) database.run('UPDATE attempts SET durable = 1 WHERE id = ?', id);
    for (const { name, version } of artifacts) {
      database.run('UPDATE artifact_versions SET durable = 1 WHERE name = ? AND version = ?', name, version);
    }
  };
  const takeBack = (id: string): void => {
    // Other runs may have taken it over: nobody does any more.
    database.run(
      'UPDATE attempts SET layer = NULL, step_key = NULL WHERE layer IN (SELECT id FROM layers WHERE attempt = ?)',
      id,
    );
    database.run('DELETE FROM layers WHERE attempt = ?', id);
    database.run(
      `UPDATE attempts SET outcome_type = 'interrupted', outcome = '{"type":"interrupted"}', layer = NULL, result = NULL
       WHERE id = ?`,
      id,
    );
    database.run(
      `UPDATE projects SET state = 'pending', save = NULL, save_digest = NULL
       WHERE (run, name) = (SELECT run, project FROM attempts WHERE id = ?)`,
      id,
    );
  };
  const dropArtifactVersion: HorizonRecords['dropArtifactVersion'] = ({ name, version }, { removedAt }) =>
    database.transaction(() => {
      database.run(
        'UPDATE artifact_versions SET removed_at = ? WHERE name = ? AND version = ?',
        removedAt,
        name,
        version,
      );
      database.run('DELETE FROM artifact_uses WHERE name = ? AND version = ?', name, version);
    });
  return {
    dropArtifactVersion,
    forgetFrom: (attempt) =>
      database.transaction(() => {
        writeOutAll();
        const ended = database.all<{ id: string }>(
          `SELECT id FROM attempts WHERE (run, project) = (SELECT run, project FROM attempts WHERE id = ?1)
             AND rowid >= (SELECT rowid FROM attempts WHERE id = ?1) AND ended_at IS NOT NULL`,
          attempt,
        );
        for (const { id } of ended) takeBack(id);
      }),
    forgetLayer: (id) =>
      database.transaction(() => {
        database.run(
          `UPDATE attempts SET step_key = NULL WHERE id = (SELECT attempt FROM layers WHERE id = ?1) OR layer = ?1`,
          id,
        );
        database.run('UPDATE attempts SET layer = NULL WHERE layer = ?', id);
        database.run('DELETE FROM layers WHERE id = ?', id);
      }),
    forgetKeys: (run, project) => {
      database.run(
        `UPDATE attempts SET step_key = NULL
         WHERE step_key IN (SELECT step_key FROM attempts WHERE run = ? AND project = ? AND step_key IS NOT NULL)`,
        run,
        project,
      );
    },
    undurable: () => undurable(''),
    markDurable: (what, flushedAt) =>
      database.transaction(() => {
        mark(what);
        database.run(
          `INSERT INTO meta (key, value) VALUES ('flushedAt', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1`,
          String(flushedAt),
        );
      }),
    flushedAt: () =>
      Number(database.all<{ value: string }>(`SELECT value FROM meta WHERE key = 'flushedAt'`)[0]?.value ?? 0),
    namedTrees: () => {
      const names = (sql: string): string[] => database.all<{ name: string }>(sql).map(({ name }) => name);
      return {
        layers: names('SELECT id AS name FROM layers'),
        attempts: names('SELECT id AS name FROM attempts'),
        failedAttempts: names(
          `SELECT id AS name FROM attempts WHERE outcome_type NOT IN ('succeeded', 'interrupted', 'cancelled')`,
        ),
        artifacts: names(
          `SELECT DISTINCT name || '/' || digest AS name FROM artifact_versions WHERE removed_at IS NULL`,
        ),
      };
    },
    forgetUndurable: (bootId, removedAt) =>
      database.transaction(() => {
        writeOutAll();
        const lost = undurable('AND boot_id <> ?', bootId);
        for (const id of lost.attempts) takeBack(id);
        for (const artifact of lost.artifacts) dropArtifactVersion(artifact, { removedAt });
        mark(lost); // What is forgotten is forgotten for good.
        return lost;
      }),
  };
}
