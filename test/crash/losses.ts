import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A blow that has met a helper. */
export interface Blow {
  /** In milliseconds since 1970, as all times here. */
  readonly at: number;
  /** Which keeper it was; without one, something else of any of the projects. */
  readonly keeper: string | undefined;
}

interface AttemptRow {
  readonly project: string;
  readonly keeper: string;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly outcome_type: string | null;
  /** Of its project. */
  readonly state: string;
}

/**
 * The steps of a life that may have lost their keeper, or another helper, and have not got over it. The third time in a row
 * contractor gives such a step up, and rightly so.
 *
 * It is asked of the store, which knows at once: what the life tells comes late on a busy host.
 */
export class Losses {
  readonly #store: string;
  readonly #since: number;
  readonly #blows: Blow[] = [];

  constructor(store: string, since: number) {
    this.#store = store;
    this.#since = since;
  }

  /** Notes a blow that has met somebody. */
  struck(blow: Blow): void {
    this.#blows.push(blow);
  }

  get isOpen(): boolean {
    const rows = attemptsOfNewestRun(this.#store);
    const projects = Map.groupBy(rows, ({ project }) => project);
    const lost = [...projects.values()].some((attempts) => this.#hasLost(attempts));
    return lost || this.#blows.some((blow) => !isOver(blow, [...projects.values()]));
  }

  /** Whether the last attempt that ended was cut off in this life. */
  #hasLost(attempts: readonly AttemptRow[]): boolean {
    const ended = attempts.findLast(({ ended_at }) => ended_at !== null);
    return ended?.outcome_type === 'interrupted' && (ended.ended_at ?? 0) >= this.#since;
  }
}

/** Whether each project that it may have met has ended, or done a step that began after it. */
function isOver({ at, keeper }: Blow, projects: readonly (readonly AttemptRow[])[]): boolean {
  const met = projects.filter((attempts) =>
    keeper === undefined
      ? attempts.some(({ started_at }) => started_at <= at)
      : attempts.some((each) => each.keeper === keeper),
  );
  if (met.length === 0) return keeper === undefined; // A keeper that has not begun a step yet.
  return met.every((attempts) =>
    attempts.some(
      ({ state, started_at, outcome_type }) =>
        !['pending', 'running'].includes(state) || (started_at > at && outcome_type === 'succeeded'),
    ),
  );
}

/** In the order in which they began. */
function attemptsOfNewestRun(store: string): readonly AttemptRow[] {
  const file = join(store, 'contractor.db');
  if (!existsSync(file)) return [];
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    return database
      .prepare(
        `select a.project, a.keeper, a.started_at, a.ended_at, a.outcome_type, p.state
         from attempts a join projects p on p.run = a.run and p.name = a.project
         where a.run = (select id from runs order by created_at desc limit 1) order by a.started_at, a.number`,
      )
      .all() as unknown as readonly AttemptRow[];
  } finally {
    database.close();
  }
}
