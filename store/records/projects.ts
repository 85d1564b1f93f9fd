import { hash } from 'node:crypto';
import { assert } from '../../errors.ts';
import type { Database } from '../database.ts';
import { jsonColumn, valueOfColumn } from '../json-column.ts';
import { storeDamaged } from '../sqlite-refusal.ts';

/** A project of a run, and the save of its machine. */
export interface ProjectRecord {
  readonly name: string;
  /** A word of the supervisor's: `pending` until the first save, then what it says. */
  readonly state: string;
  /** Opaque JSON, or null while nothing is saved. */
  readonly save: unknown;
  /** SHA-256 of the save's text, in hex. */
  readonly saveDigest: string | null;
}

export interface ProjectRecords {
  putSave(run: string, project: string, saved: { state: string; save: unknown }): void;
  /** Has the machine of a project begin anew, to find in the records what is done; `state` is what it is until then. */
  forgetSave(run: string, project: string, state: string): void;
  /** In the order of the spec. */
  getProjects(run: string): ProjectRecord[];
}

interface ProjectRow {
  name: string;
  state: string;
  save: string | null;
  save_digest: string | null;
}

export function projectRecords(database: Database): ProjectRecords {
  return {
    putSave(run, project, { state, save }) {
      const text = jsonColumn(save);
      const changes = database.run(
        'UPDATE projects SET state = ?, save = ?, save_digest = ? WHERE run = ? AND name = ?',
        state,
        text,
        hash('sha256', text),
        run,
        project,
      );
      assert(changes === 1, `run ${run} has no project ${project}`);
    },

    forgetSave(run, project, state) {
      database.run(
        'UPDATE projects SET state = ?, save = NULL, save_digest = NULL WHERE run = ? AND name = ?',
        state,
        run,
        project,
      );
    },

    getProjects: (run) =>
      database
        .all<ProjectRow>('SELECT name, state, save, save_digest FROM projects WHERE run = ? ORDER BY position', run)
        .map(({ name, state, save, save_digest: saveDigest }) => {
          if (save === null) return { name, state, save, saveDigest };
          const whose = `project \`${name}\` in run \`${run}\``;
          // A save decides what is run: one that is not word for word what was written is refused.
          if (hash('sha256', save) !== saveDigest) throw storeDamaged(`The save of ${whose} does not have its digest.`);
          return { name, state, save: valueOfColumn(save, `the save of ${whose}`), saveDigest };
        }),
  };
}
