import type { ArtifactReference } from '../artifact-reference.ts';
import type { Database } from '../database.ts';
import { markForgotten } from './positions.ts';
import type { WritesOut } from './taken-over.ts';

/** What is recorded, as far as it says what needs what. */
export interface GarbageFacts {
  /** Oldest first. */
  readonly runs: readonly RunFacts[];
  /** In the order in which they began. */
  readonly attempts: readonly AttemptFacts[];
  readonly layers: readonly { readonly id: string; readonly attempt: string; readonly sizeBytes: number | null }[];
  /** Those that are not removed; by name, the newest first. */
  readonly artifacts: readonly ArtifactFacts[];
  readonly uses: readonly { readonly run: string; readonly name: string; readonly version: number }[];
}

export interface RunFacts {
  readonly id: string;
  /** As they are told: for how old a policy takes it to be. */
  readonly toldCreatedAt: number;
  readonly toldEndedAt: number | null;
  /** By the host's clock. */
  readonly endedAt: number | null;
  readonly result: string | null;
  readonly source: string | null;
  readonly continues: string | null;
  readonly isKept: boolean;
  readonly isForgotten: boolean;
  /** The projects of it that have failed, as JSON: a list of names. */
  readonly failed: string;
}

export interface AttemptFacts {
  readonly id: string;
  readonly run: string;
  readonly project: string;
  readonly step: string;
  /** Null as long as it is not recorded as ended. */
  readonly outcomeType: string | null;
  readonly reusedFrom: string | null;
  readonly sizeBytes: number | null;
  /** JSON, as the attempt was ended with. */
  readonly result: string | null;
  /** JSON; only of one that has not succeeded: what it began with is in the results before it else. */
  readonly keyInputs: string | null;
}

export interface ArtifactFacts {
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly createdAt: number;
  readonly isKept: boolean;
}

/** What goes. Whatever of it another record still names must be in it, too. */
export interface Garbage {
  /** Runs whose records go; those that still have an attempt then are forgotten. */
  readonly runs: readonly string[];
  readonly attempts: readonly string[];
  /** Attempts that stay for their log, and that nothing can be taken over from any more. */
  readonly unkeyed: readonly string[];
  readonly layers: readonly string[];
  readonly artifacts: readonly Required<ArtifactReference>[];
  /** Paths from the root of the trees. */
  readonly doomed: readonly string[];
}

export interface GarbageRecords {
  garbageFacts(): GarbageFacts;
  /** Takes the names of all that goes out of the records, and notes its trees as doomed. */
  forget(garbage: Garbage, at: number): void;
  /** Notes as doomed those of these trees that no record names, and that no attempt which runs may be about to name. */
  doomUnnamed(trees: {
    readonly layers: readonly string[];
    readonly attempts: readonly string[];
    readonly artifacts: readonly string[];
  }): number;
  /** Trees that are to be removed from the disk: as paths from the root of the trees. */
  doomedTrees(): string[];
  /** They are gone, or needed again. */
  pardonTrees(paths: readonly string[]): void;
  /** Whether a version that is not removed is this tree. */
  isArtifactTree(tree: { readonly name: string; readonly digest: string }): boolean;
  /** Whether all of these layers are recorded. */
  hasLayers(ids: readonly string[]): boolean;
  /** Keeps a run from being removed, or releases it. @returns whether that changed anything */
  keepRun(id: string, keptAt: number | null): boolean;
  keepArtifact(artifact: Required<ArtifactReference>, keptAt: number | null): boolean;
  /** Ended attempts and layers whose size nobody has measured. */
  unmeasured(): { readonly layers: string[]; readonly attempts: string[] };
  noteSizes(sizes: {
    readonly layers: ReadonlyMap<string, number>;
    readonly attempts: ReadonlyMap<string, number>;
  }): void;
  /** The sum of what was measured, and of all artifacts: what is shared is counted wherever it is. */
  sumOfSizes(): number;
}

const IN_LIST = 'IN (SELECT value FROM json_each(?))';

const VERSION_OF_TREE = 'SELECT 1 FROM artifact_versions WHERE name = ? AND digest = ?';

function splitTree(tree: string): [name: string, digest: string] {
  const [name = '', digest = ''] = tree.split('/');
  return [name, digest];
}

/** The attempts whose receipts the provenance of an artifact names. */
const IN_PROVENANCE = `SELECT json_extract(receipt.value, '$.annotations.attempt')
  FROM provenance, json_each(
    CASE WHEN json_valid(statement) THEN statement ELSE '{}' END, '$.predicate.runDetails.byproducts') AS receipt
  WHERE json_extract(receipt.value, '$.annotations.attempt') IS NOT NULL`;

export function garbageRecords(database: Database, { writeOutAll }: WritesOut): GarbageRecords {
  const flagged = <Row extends object, Flag extends keyof Row>(
    rows: readonly Row[],
    ...flags: readonly Flag[]
  ): (Omit<Row, Flag> & Readonly<Record<Flag, boolean>>)[] =>
    rows.map((row) => ({
      ...row,
      ...(Object.fromEntries(flags.map((flag) => [flag, row[flag] === 1])) as Record<Flag, boolean>),
    }));
  return {
    garbageFacts: () => {
      writeOutAll();
      return {
        runs: flagged(
          database.all<Omit<RunFacts, 'isKept' | 'isForgotten'> & { isKept: number; isForgotten: number }>(
            `SELECT id, coalesce(told_created_at, created_at) AS toldCreatedAt, coalesce(told_ended_at, ended_at) AS toldEndedAt,
             ended_at AS endedAt, result, source, continues,
             kept_at IS NOT NULL AS isKept, forgotten_at IS NOT NULL AS isForgotten,
             (SELECT json_group_array(name) FROM projects WHERE run = id AND state = 'failed') AS failed
           FROM runs ORDER BY created_at, rowid`,
          ),
          'isKept',
          'isForgotten',
        ),
        attempts: database.all<AttemptFacts>(
          `SELECT id, run, project, step, outcome_type AS outcomeType, reused_from AS reusedFrom, size_bytes AS sizeBytes, result,
           CASE WHEN outcome_type = 'succeeded' THEN NULL ELSE key_inputs END AS keyInputs
         FROM attempts ORDER BY rowid`,
        ),
        layers: database.all('SELECT id, attempt, size_bytes AS sizeBytes FROM layers'),
        artifacts: flagged(
          database.all<Omit<ArtifactFacts, 'isKept'> & { isKept: number }>(
            `SELECT name, version, digest, size_bytes AS sizeBytes, created_at AS createdAt, kept_at IS NOT NULL AS isKept
           FROM artifact_versions WHERE removed_at IS NULL ORDER BY name, version DESC`,
          ),
          'isKept',
        ),
        uses: database.all('SELECT run, name, version FROM artifact_uses'),
      };
    },

    forget: (garbage, at) =>
      database.transaction(() => {
        const [runs, attempts, unkeyed, layers] = [garbage.runs, garbage.attempts, garbage.unkeyed, garbage.layers].map(
          (ids) => JSON.stringify(ids),
        ) as [string, string, string, string];
        for (const path of garbage.doomed) database.run('INSERT OR IGNORE INTO doomed (path) VALUES (?)', path);
        for (const { name, version } of garbage.artifacts) {
          database.run('UPDATE artifact_versions SET removed_at = ? WHERE name = ? AND version = ?', at, name, version);
          database.run('DELETE FROM provenance WHERE name = ? AND version = ?', name, version);
        }
        database.run(`UPDATE attempts SET layer = NULL WHERE layer ${IN_LIST}`, layers);
        database.run(`DELETE FROM layers WHERE id ${IN_LIST}`, layers);
        database.run(`UPDATE attempts SET step_key = NULL WHERE id ${IN_LIST}`, unkeyed);
        database.run(`DELETE FROM attempts WHERE id ${IN_LIST}`, attempts);
        for (const run of garbage.runs) markForgotten(database, run);
        // Why a project was built is asked as long as a result of it is reused.
        database.run(
          `DELETE FROM events WHERE run ${IN_LIST} AND json_extract(event, '$.type') IS NOT 'project-started'`,
          runs,
        );
        database.run(`DELETE FROM artifact_uses WHERE run ${IN_LIST}`, runs);
        database.run(
          `UPDATE projects SET state = 'forgotten', save = NULL, save_digest = NULL WHERE run ${IN_LIST}`,
          runs,
        );
        database.run(
          `UPDATE runs SET forgotten_at = ?, owner = NULL, options = 'null', spec = 'null', spec_text = '' WHERE id ${IN_LIST}`,
          at,
          runs,
        );
        const empty = `SELECT id FROM runs WHERE forgotten_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM attempts WHERE run = runs.id)`;
        database.run(`DELETE FROM events WHERE run IN (${empty})`);
        database.run(`DELETE FROM projects WHERE run IN (${empty})`);
        database.run(`DELETE FROM runs WHERE id IN (${empty})`);
        database.run(
          `DELETE FROM receipts WHERE attempt NOT IN (SELECT id FROM attempts) AND attempt NOT IN (${IN_PROVENANCE})`,
        );
      }),

    doomUnnamed: ({ layers, attempts, artifacts }) =>
      database.transaction(() => {
        const isThere = (sql: string, ...parameters: string[]): boolean => database.all(sql, ...parameters).length > 0;
        const unnamed = [
          ...layers
            // A layer has the name of its attempt, with a letter behind where that makes several.
            .filter((id) => !isThere('SELECT 1 FROM layers WHERE id = ?', id))
            .filter((id) => {
              const attempt = id.replace(/^\.new-/, '');
              const running = 'SELECT 1 FROM attempts WHERE id IN (?, ?) AND ended_at IS NULL';
              return !isThere(running, attempt, attempt.slice(0, -1));
            })
            .map((id) => `layers/${id}`),
          ...attempts.filter((id) => !isThere('SELECT 1 FROM attempts WHERE id = ?', id)).map((id) => `attempts/${id}`),
          ...artifacts
            .filter((tree) => !isThere(`${VERSION_OF_TREE} AND removed_at IS NULL`, ...splitTree(tree)))
            .map((tree) => `artifacts/${tree}`),
        ];
        for (const path of unnamed) database.run('INSERT OR IGNORE INTO doomed (path) VALUES (?)', path);
        return unnamed.length;
      }),

    doomedTrees: () => database.all<{ path: string }>('SELECT path FROM doomed ORDER BY path').map(({ path }) => path),
    pardonTrees: (paths) => {
      database.run(`DELETE FROM doomed WHERE path ${IN_LIST}`, JSON.stringify(paths));
    },
    isArtifactTree: ({ name, digest }) =>
      database.all(
        'SELECT 1 FROM artifact_versions WHERE name = ? AND digest = ? AND removed_at IS NULL LIMIT 1',
        name,
        digest,
      ).length > 0,
    hasLayers: (ids) => {
      const [found] = database.all<{ count: number }>(
        `SELECT count(*) AS count FROM layers WHERE id ${IN_LIST}`,
        JSON.stringify(ids),
      );
      return found?.count === new Set(ids).size;
    },
    keepRun: (id, keptAt) =>
      database.run(
        'UPDATE runs SET kept_at = ?1 WHERE id = ?2 AND (kept_at IS NULL) = (?1 IS NOT NULL) AND forgotten_at IS NULL',
        keptAt,
        id,
      ) > 0,
    keepArtifact: ({ name, version }, keptAt) =>
      database.run(
        `UPDATE artifact_versions SET kept_at = ?1
         WHERE name = ?2 AND version = ?3 AND (kept_at IS NULL) = (?1 IS NOT NULL) AND removed_at IS NULL`,
        keptAt,
        name,
        version,
      ) > 0,

    unmeasured: () => {
      const ids = (sql: string): string[] => database.all<{ id: string }>(sql).map(({ id }) => id);
      return {
        layers: ids('SELECT id FROM layers WHERE size_bytes IS NULL'),
        attempts: ids('SELECT id FROM attempts WHERE size_bytes IS NULL AND ended_at IS NOT NULL'),
      };
    },
    noteSizes: ({ layers, attempts }) =>
      database.transaction(() => {
        for (const [id, size] of layers) database.run('UPDATE layers SET size_bytes = ? WHERE id = ?', size, id);
        for (const [id, size] of attempts) database.run('UPDATE attempts SET size_bytes = ? WHERE id = ?', size, id);
      }),
    sumOfSizes: () =>
      database.all<{ sum: number }>(
        `SELECT (SELECT coalesce(sum(size_bytes), 0) FROM layers) + (SELECT coalesce(sum(size_bytes), 0) FROM attempts)
           + (SELECT coalesce(sum(size), 0) FROM (
               SELECT max(size_bytes) AS size FROM artifact_versions WHERE removed_at IS NULL GROUP BY name, digest)) AS sum`,
      )[0]?.sum ?? 0,
  };
}
