import { assert, ContractorError } from '../../errors.ts';
import type { ArtifactReference } from '../artifact-reference.ts';
import type { Database } from '../database.ts';
import { jsonColumn, valueOfColumn } from '../json-column.ts';
import type { InstalledPackage } from '../trees/installed-packages.ts';

/** The step that made a version; null when it was imported. */
export interface ArtifactMaker {
  readonly run: string;
  readonly project: string;
  readonly step: string;
}

/** A tree that is in the store, about to become a version. */
export interface NewArtifactVersion {
  readonly name: string;
  /** Of the tree, SHA-256 in hex. */
  readonly digest: string;
  readonly entries: number;
  readonly files: number;
  readonly sizeBytes: number;
  readonly createdAt: number;
  readonly madeBy: ArtifactMaker | null;
  /** Of the boot in which it was made. */
  readonly bootId: string;
  /** Those in a system tree. */
  readonly packages?: readonly InstalledPackage[];
}

/** One version, without what may be long. */
export interface ListedArtifact extends Omit<NewArtifactVersion, 'bootId' | 'packages'> {
  readonly version: number;
  /** Somebody wants it kept: it is not removed as it gets old. */
  readonly isKept: boolean;
}

export interface ArtifactRecord extends ListedArtifact {
  /** Null: it is no system tree, or was made by a version that did not note them. */
  readonly packages: readonly InstalledPackage[] | null;
}

export interface ArtifactRecords {
  /**
   * Makes the tree the newest version of its name; nothing new if the newest one is the same tree, but its packages
   * are noted when they were not yet.
   * The run that made it is recorded as using it, so that nothing removes it meanwhile.
   */
  recordArtifactVersion(artifact: NewArtifactVersion): { version: number; isNew: boolean };
  /** The newest version of `name`, or that one. Never a removed one. */
  findArtifact(name: string, version?: number): ArtifactRecord | undefined;
  /** The newest version that has the same tree as this one, which may be removed itself. */
  findSameTree(artifact: { name: string; version: number }): ArtifactRecord | undefined;
  /** All versions that ever were this tree, removed ones too, oldest first. */
  listVersionsWithTree(name: string, digest: string): ArtifactRecord[];
  /** Every version that is not removed, by name, newest first. */
  listArtifacts(): ListedArtifact[];
  /** Names with at least one version, sorted. */
  artifactNames(): string[];
  /**
   * Forgets a version. `treeUnused`: no other version of that name has the same tree, which may go.
   *
   * @throws ARTIFACT_UNKNOWN, ARTIFACT_IN_USE
   */
  removeArtifactVersion(
    artifact: { name: string; version: number },
    at: { removedAt: number },
  ): { digest: string; treeUnused: boolean };
  /** Notes that `run` uses that version, which cannot be removed until the run has ended. */
  recordUse(run: string, artifact: { name: string; version: number }): void;
  /** The same of many. */
  recordUses(run: string, artifacts: readonly Required<ArtifactReference>[]): void;
  /** Whether none of these versions is removed. */
  haveVersions(artifacts: readonly Required<ArtifactReference>[]): boolean;
  /** The names of those of these trees that are not the newest version of their name. */
  withNewerTree(trees: readonly { readonly name: string; readonly digest: string }[]): string[];
  /** The versions that `run` uses or made. */
  artifactsUsedBy(run: string): Required<ArtifactReference>[];
}

interface ListedRow {
  name: string;
  version: number;
  digest: string;
  entries: number;
  files: number;
  size_bytes: number;
  created_at: number;
  made_by: string | null;
  kept_at: number | null;
}

interface ArtifactRow extends ListedRow {
  packages: string | null;
}

const LISTED = 'name, version, digest, entries, files, size_bytes, created_at, made_by, kept_at';
const COLUMNS = `SELECT ${LISTED}, packages FROM artifact_versions`;
const SELECT = `${COLUMNS} WHERE removed_at IS NULL`;
const SELECT_LISTED = `SELECT ${LISTED} FROM artifact_versions WHERE removed_at IS NULL`;

export function artifactRecords(database: Database): ArtifactRecords {
  const newest = (name: string) =>
    database.all<ArtifactRow>(`${SELECT} AND name = ? ORDER BY version DESC LIMIT 1`, name)[0];

  const exactly = (name: string, version: number) =>
    database.all<ArtifactRow>(`${SELECT} AND name = ? AND version = ?`, name, version)[0];

  const recordUse: ArtifactRecords['recordUse'] = (run, { name, version }) => {
    database.run('INSERT OR IGNORE INTO artifact_uses (run, name, version) VALUES (?, ?, ?)', run, name, version);
  };

  const versionOf = (artifact: NewArtifactVersion): { version: number; isNew: boolean } => {
    const before = newest(artifact.name);
    if (before?.digest === artifact.digest) {
      if (before.packages === null && artifact.packages !== undefined) {
        const { name, version } = before;
        const column = jsonColumn(artifact.packages);
        database.run('UPDATE artifact_versions SET packages = ? WHERE name = ? AND version = ?', column, name, version);
      }
      return { version: before.version, isNew: false };
    }
    const [row] = database.all<{ version: number }>(
      `INSERT INTO artifact_versions (name, version, digest, entries, files, size_bytes, created_at, made_by, packages,
         boot_id, durable)
       SELECT ?1, coalesce(max(version), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0 FROM artifact_versions WHERE name = ?1
       RETURNING version`,
      artifact.name,
      artifact.digest,
      artifact.entries,
      artifact.files,
      artifact.sizeBytes,
      artifact.createdAt,
      artifact.madeBy && jsonColumn(artifact.madeBy),
      artifact.packages === undefined ? null : jsonColumn(artifact.packages),
      artifact.bootId,
    );
    assert(row);
    return { version: row.version, isNew: true };
  };

  return {
    recordUse,

    recordUses: (run, artifacts) => {
      database.run(
        `INSERT OR IGNORE INTO artifact_uses (run, name, version)
         SELECT ?, value ->> 'name', value ->> 'version' FROM json_each(?)`,
        run,
        jsonColumn(artifacts),
      );
    },

    haveVersions: (artifacts) => {
      const [found] = database.all<{ count: number }>(
        `SELECT count(*) AS count FROM json_each(?) AS each CROSS JOIN artifact_versions AS one
           ON one.name = each.value ->> 'name' AND one.version = each.value ->> 'version'
         WHERE removed_at IS NULL`,
        jsonColumn(artifacts),
      );
      return found?.count === artifacts.length;
    },

    withNewerTree: (trees) =>
      database
        .all<{ name: string }>(
          `SELECT each.value ->> 'name' AS name FROM json_each(?) AS each
           WHERE (SELECT digest FROM artifact_versions AS one WHERE removed_at IS NULL AND one.name = each.value ->> 'name'
                  ORDER BY version DESC LIMIT 1) IS NOT each.value ->> 'digest'`,
          jsonColumn(trees),
        )
        .map(({ name }) => name),

    recordArtifactVersion: (artifact) =>
      database.transaction(() => {
        const recorded = versionOf(artifact);
        if (artifact.madeBy) recordUse(artifact.madeBy.run, { name: artifact.name, version: recorded.version });
        return recorded;
      }),

    findArtifact(name, version) {
      const row = version === undefined ? newest(name) : exactly(name, version);
      return row && artifactOfRow(row);
    },

    findSameTree({ name, version }) {
      const [row] = database.all<ArtifactRow>(
        `${SELECT} AND name = ?1 AND digest = (SELECT digest FROM artifact_versions WHERE name = ?1 AND version = ?2)
         ORDER BY version DESC LIMIT 1`,
        name,
        version,
      );
      return row && artifactOfRow(row);
    },

    listVersionsWithTree: (name, digest) =>
      database
        .all<ArtifactRow>(`${COLUMNS} WHERE name = ? AND digest = ? ORDER BY version`, name, digest)
        .map(artifactOfRow),

    listArtifacts: () => database.all<ListedRow>(`${SELECT_LISTED} ORDER BY name, version DESC`).map(listedOfRow),

    artifactNames: () =>
      database
        .all<{ name: string }>('SELECT DISTINCT name FROM artifact_versions WHERE removed_at IS NULL ORDER BY name')
        .map((row) => row.name),

    removeArtifactVersion: ({ name, version }, { removedAt }) =>
      database.transaction(() => {
        const found = exactly(name, version);
        if (!found) {
          throw new ContractorError(
            'ARTIFACT_UNKNOWN',
            `There is no artifact \`${name}@${version}\` in this store.`,
            'See what there is with `contractor artifact list`.',
          );
        }
        if (found.kept_at !== null) {
          throw new ContractorError(
            'ARTIFACT_IN_USE',
            `The artifact \`${name}@${version}\` is kept, as somebody has asked for.`,
            `Release it first, with \`contractor artifact keep --release ${name}@${version}\`.`,
          );
        }
        const [user] = database.all<{ run: string }>(
          `SELECT run FROM artifact_uses JOIN runs ON runs.id = run
           WHERE name = ? AND version = ? AND ended_at IS NULL LIMIT 1`,
          name,
          version,
        );
        if (user) {
          throw new ContractorError(
            'ARTIFACT_IN_USE',
            `The artifact \`${name}@${version}\` is used by the run \`${user.run}\`, which is not finished.`,
            `Finish that run with \`contractor resume ${user.run}\`, or end it with \`contractor cancel ${user.run}\`.`,
          );
        }
        database.run(
          'UPDATE artifact_versions SET removed_at = ? WHERE name = ? AND version = ?',
          removedAt,
          name,
          version,
        );
        const [other] = database.all(`${SELECT} AND name = ? AND digest = ? LIMIT 1`, name, found.digest);
        return { digest: found.digest, treeUnused: other === undefined };
      }),

    artifactsUsedBy: (run) =>
      database.all<Required<ArtifactReference>>(
        'SELECT name, version FROM artifact_uses WHERE run = ? ORDER BY name, version',
        run,
      ),
  };
}

function listedOfRow(row: ListedRow): ListedArtifact {
  return {
    name: row.name,
    version: row.version,
    digest: row.digest,
    entries: row.entries,
    files: row.files,
    sizeBytes: row.size_bytes,
    createdAt: row.created_at,
    isKept: row.kept_at !== null,
    madeBy: row.made_by === null ? null : (valueOfColumn(row.made_by, whatOf(row)) as ArtifactMaker),
  };
}

function artifactOfRow(row: ArtifactRow): ArtifactRecord {
  const packages =
    row.packages === null ? null : (valueOfColumn(row.packages, whatOf(row)) as readonly InstalledPackage[]);
  return { ...listedOfRow(row), packages };
}

function whatOf({ name, version }: ListedRow): string {
  return `the artifact ${name}@${version}`;
}
