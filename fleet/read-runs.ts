import { ContractorError } from '../errors.ts';
import type { AttemptDetails, BuildEvent, ProjectDetails, RunDetails, RunSummary } from '../index.ts';
import type { Database } from './database.ts';
import { eventsAfter } from './follow-run.ts';

interface RunRow {
  readonly id: string;
  readonly spec_name: string;
  readonly created_at: string;
  readonly ended_at: string | null;
  readonly result: 'built' | 'failed' | 'cancelled' | null;
}

const COLUMNS = 'id, spec_name, created_at, ended_at, result';

/** The runs that workers share, newest first. */
export async function listRuns(database: Database, limit: number): Promise<RunSummary[]> {
  const rows = await database.query<RunRow>(
    `select ${COLUMNS} from contractor.runs order by created_at desc, id desc limit $1`,
    [limit],
  );
  return rows.map(summaryOf);
}

/** A run by its id or a unique prefix of it; by default the newest, or the newest that has not ended. @throws RUN_UNKNOWN */
export async function findRun(
  database: Database,
  idOrPrefix: string | undefined,
  { unended = false }: { readonly unended?: boolean } = {},
): Promise<RunSummary> {
  const rows = await database.query<RunRow>(
    idOrPrefix === undefined
      ? `select ${COLUMNS} from contractor.runs where $1::text is null and (result is null or not $2::boolean)
         order by created_at desc, id desc limit 1`
      : `select ${COLUMNS} from contractor.runs where starts_with(id, $1) or $2::boolean is null order by id limit 2`,
    [idOrPrefix ?? null, unended],
  );
  const found = rows.find(({ id }) => id === idOrPrefix) ?? rows[0];
  if (found !== undefined && (rows.length === 1 || found.id === idOrPrefix)) return summaryOf(found);
  const which = unended ? 'has no run that has not ended' : 'has no run yet';
  throw new ContractorError(
    'RUN_UNKNOWN',
    idOrPrefix === undefined
      ? `The database ${database.name} ${which}.`
      : `The database ${database.name} has ${found === undefined ? 'no' : 'more than one'} run whose id begins with \`${idOrPrefix}\`.`,
    'See which there are with `contractor runs --database …`.',
  );
}

function summaryOf({ id, spec_name: specName, created_at, ended_at, result }: RunRow): RunSummary {
  return {
    id,
    specName,
    createdAt: Number(created_at),
    ...(ended_at === null ? {} : { endedAt: Number(ended_at) }),
    state: result ?? 'running',
  };
}

/** The text that a run was handed in with. */
export async function specOfRun(database: Database, run: string): Promise<string> {
  const [found] = await database.query<{ text: string }>(
    'select spec_text as text from contractor.runs where id = $1',
    [run],
  );
  return found?.text ?? '';
}

/** All that has been told of a run. */
export async function allEvents(database: Database, run: string): Promise<BuildEvent[]> {
  const all: BuildEvent[] = [];
  for (;;) {
    const last = all.at(-1);
    const more = await eventsAfter(database, run, last !== undefined && 'seq' in last ? last.seq : 0);
    if (more.length === 0) return all;
    all.push(...more);
  }
}

/** A run with its projects and steps, as its events tell of them. */
export function runDetails(summary: RunSummary, events: readonly BuildEvent[]): RunDetails {
  const started = events.find((event) => event.type === 'run-started');
  return {
    ...summary,
    projects: (started?.projects ?? []).map((outline): ProjectDetails => {
      const own = events.filter((event) => 'project' in event && event.project === outline.name);
      const ended = own.findLast((event) => event.type === 'project-ended');
      return {
        name: outline.name,
        ...(ended?.type === 'project-ended' ? { result: ended.result } : {}),
        steps: outline.steps.map(({ id, title }) => ({ id, title, attempts: attemptsOf(id, own) })),
      };
    }),
  };
}

/** Of a worker that was lost, an attempt has no end. */
function attemptsOf(step: string, events: readonly BuildEvent[]): AttemptDetails[] {
  const attempts = new Map<string, AttemptDetails>();
  for (const event of events) {
    if (!('attemptId' in event) || event.step !== step) continue;
    const { attemptId: id, attempt: number, at } = event;
    const before = attempts.get(id) ?? { id, number, startedAt: event.type === 'step-adopted' ? event.startedAt : at };
    if (event.type === 'step-ended') attempts.set(id, { ...before, endedAt: at, outcome: event.outcome });
    // Of another worker of this run it is that attempt, with its end and its log.
    else if (event.type === 'step-reused' && before.outcome === undefined) {
      attempts.set(id, { ...before, endedAt: at, outcome: { type: 'succeeded' }, reusedFrom: event.from });
    } else attempts.set(id, before);
  }
  return [...attempts.values()];
}

/** What a running or ended attempt has written, from byte `from` on. */
export async function logParts(
  database: Database,
  { run, attempt, from }: { readonly run: string; readonly attempt: string; readonly from: number },
): Promise<Buffer[]> {
  const rows = await database.query<{ bytes: Buffer }>(
    // Without the empty ones, which would be brought again and again.
    `select bytes from contractor.logs where run = $1 and attempt = $2 and starts_at >= $3 and length(bytes) > 0
     order by starts_at limit 64`,
    [run, attempt, from],
  );
  return rows.map(({ bytes }) => bytes);
}

/** More parts than the end of a log has, where each is a line. */
const MOST_PARTS = 512;

/** The last `maxBytes` of what an attempt has written, or more: never all of a long log. */
export async function logEnd(
  database: Database,
  { run, attempt, maxBytes }: { readonly run: string; readonly attempt: string; readonly maxBytes: number },
): Promise<Buffer> {
  const rows = await database.query<{ bytes: Buffer }>(
    `select substring(bytes from greatest(1, length(bytes) - $3 + 1)) as bytes from contractor.logs
     where run = $1 and attempt = $2 order by starts_at desc limit $4`,
    [run, attempt, maxBytes, MOST_PARTS],
  );
  let size = 0;
  const last = rows.filter(({ bytes }) => size < maxBytes && (size += bytes.length) > 0);
  return Buffer.concat(last.map(({ bytes }) => bytes).toReversed());
}
