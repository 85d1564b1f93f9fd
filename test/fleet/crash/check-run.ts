import type { Database } from '../../../fleet/database.ts';
import { allEvents } from '../../../fleet/read-runs.ts';
import type { BuildEvent } from '../../../index.ts';
import { stepText } from './reference.ts';
import type { FleetResult } from './reference.ts';
import { BY_CHANCE } from './specification.ts';

/** What the database tells of a run that has ended. */
export interface ToldRun {
  readonly events: readonly BuildEvent[];
  readonly result: string | null;
  readonly published: readonly { readonly name: string; readonly digest: string; readonly version: number }[];
  readonly logs: ReadonlyMap<string, string>;
  /** Jobs of it in the queue that are not done. */
  readonly jobs: number;
}

export async function readToldRun(database: Database, run: string): Promise<ToldRun> {
  const [row] = await database.query<{ result: string | null }>('select result from contractor.runs where id = $1', [
    run,
  ]);
  const parts = await database.query<{ attempt: string; starts_at: string; bytes: Buffer }>(
    'select attempt, starts_at, bytes from contractor.logs where run = $1 order by attempt, starts_at',
    [run],
  );
  const logs = new Map<string, string>();
  for (const { attempt, starts_at: startsAt, bytes } of parts) {
    const before = logs.get(attempt) ?? '';
    logs.set(
      attempt,
      Number(startsAt) === before.length ? before + bytes.toString() : `a part is missing at ${startsAt}`,
    );
  }
  const [jobs] = await database.query<{ count: string }>(
    `select count(*) from contractor_queue.job where data->>'run' = $1 and state not in ('completed', 'cancelled')`,
    [run],
  );
  return {
    events: await allEvents(database, run),
    result: row?.result ?? null,
    published: await database.query(
      `select name, digest, version from contractor.artifacts where made_by = $1 and name <> 'tiny'`,
      [run],
    ),
    logs,
    jobs: Number(jobs?.count),
  };
}

/** How a run that has ended differs from one that nobody disturbed, and what is wrong with what is told of it, a sentence each. */
export function faultsOfRun(told: ToldRun, reference: FleetResult): string[] {
  return [
    ...(told.result === reference.result ? [] : [`it is ${told.result}, not ${reference.result}`]),
    ...(told.jobs === 0 ? [] : [`${told.jobs} of its jobs are left`]),
    ...faultsOfArtifacts(told, reference),
    ...faultsOfOrder(told.events),
    ...Object.entries(reference.projects).flatMap(([name, end]) => faultsOfProject({ name, end }, told, reference)),
  ];
}

/** Each flavour is another tree than the one before, so a version that is there twice was published twice. */
function faultsOfArtifacts({ published, events }: ToldRun, reference: FleetResult): string[] {
  const faults: string[] = [];
  const digests = new Map(published.map(({ name, digest }) => [name, digest]));
  for (const name of new Set([...Object.keys(reference.artifacts), ...digests.keys()])) {
    const rows = published.filter((row) => row.name === name);
    const isByChance = name in BY_CHANCE || Object.values(BY_CHANCE).includes(name);
    if (rows.length !== 1) faults.push(`${name} has ${rows.length} versions of this run`);
    if (!isByChance && rows[0]?.digest !== reference.artifacts[name]) {
      faults.push(`${name} is ${rows[0]?.digest}, not ${reference.artifacts[name]}`);
    }
    const told = events.filter((event) => event.type === 'artifact-published' && event.artifact === name);
    if (told.length !== 1) faults.push(`${name} was told to be published ${told.length} times`);
  }
  for (const [one, other] of Object.entries(BY_CHANCE)) {
    if (digests.get(one) !== digests.get(other)) faults.push(`${other} is not what ${one} is`);
  }
  return faults;
}

function faultsOfOrder(events: readonly BuildEvent[]): string[] {
  const faults = events.flatMap((event, index) =>
    'seq' in event && event.seq === index + 1 ? [] : [`event ${index + 1} is ${JSON.stringify(event)}`],
  );
  const count = (type: string): number => events.filter((event) => event.type === type).length;
  if (events[0]?.type !== 'run-started' || count('run-started') !== 1) faults.push('it does not begin once');
  if (events.at(-1)?.type !== 'run-ended' || count('run-ended') !== 1) faults.push('it does not end once');
  return faults;
}

function faultsOfProject(
  { name, end }: { readonly name: string; readonly end: string },
  { events, logs }: ToldRun,
  reference: FleetResult,
): string[] {
  const faults: string[] = [];
  const own = events.filter((event) => 'project' in event && event.project === name);
  const ends = own.filter((event) => event.type === 'project-ended');
  if (ends.length !== 1) faults.push(`${name} has ended ${ends.length} times`);
  if (own.at(-1)?.type !== 'project-ended') faults.push(`of ${name} something is told after its end`);
  if (ends[0]?.result !== end) faults.push(`${name} is ${ends[0]?.result}, not ${end}`);
  const last = own.slice(own.findLastIndex((event) => event.type === 'project-started'));
  for (const step of Object.keys(reference.steps).filter((each) => each.startsWith(`${name}/`))) {
    const id = step.slice(name.length + 1);
    const ended = last.filter((event) => event.type === 'step-ended' && event.step === id);
    const counting = ended.filter((event) => event.type === 'step-ended' && event.outcome.type !== 'interrupted');
    const reused = last.filter((event) => event.type === 'step-reused' && event.step === id);
    const [one] = counting;
    if (counting.length + reused.length !== 1) faults.push(`${step} ended ${counting.length} times`);
    if (one?.type !== 'step-ended') continue;
    const text = stepText(one.outcome, logs.get(one.attemptId) ?? '');
    if (text !== reference.steps[step]) {
      faults.push(`${step} ended with ${JSON.stringify(text)}, not ${JSON.stringify(reference.steps[step])}`);
    }
  }
  return [...faults, ...faultsOfAttempts(name, own)];
}

/** An attempt without an end is of a worker that was lost, or killed: then the project was begun again. */
function faultsOfAttempts(name: string, own: readonly BuildEvent[]): string[] {
  const faults: string[] = [];
  const attempts = Map.groupBy(
    own.filter((event) => 'attemptId' in event),
    ({ attemptId }) => attemptId,
  );
  const lastStart = own.findLastIndex((event) => event.type === 'project-started');
  for (const [id, events] of attempts) {
    const types = events.map(({ type }) => type);
    const isWhole = /^(step-(started|adopted) )(step-adopted )*step-ended$/.test(types.join(' '));
    const isReused = types.every((type) => type === 'step-reused');
    const isCutOff = !types.includes('step-ended') && own.indexOf(events.at(-1)!) < lastStart;
    if (!isWhole && !isReused && !isCutOff) {
      faults.push(`the events of attempt ${id} of ${name} are ${types.join(', ')}`);
    }
  }
  return faults;
}
