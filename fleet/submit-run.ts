import { ContractorError } from '../errors.ts';
import { lockFileText } from '../index.ts';
import type { ProjectNeeds, SpecSource, Supervisor } from '../index.ts';
import type { ArtifactExchange } from './artifact-exchange.ts';
import type { Database, Queries } from './database.ts';
import { persistently } from './persistently.ts';
import { queueOf, recordQueue } from './placement/queues.ts';
import type { Patience } from './persistently.ts';
import type { Queue } from './queue.ts';
import { advanceRun, lockRun, recordEvents } from './records.ts';
import type { FleetOptions } from './records.ts';
import { registerArtifact } from './register-artifact.ts';

/** What is asked for. */
export interface Submission {
  readonly source: SpecSource;
  readonly projects?: readonly string[];
  readonly dependents?: boolean;
  readonly options: FleetOptions;
}

/** What a run is submitted with. */
export interface SubmitPlace {
  /** Reads the specification, and has what its projects take and none of them makes. */
  readonly supervisor: Supervisor;
  readonly database: Database;
  readonly queue: Queue;
  readonly exchange: ArtifactExchange | undefined;
  readonly now: () => number;
  readonly newId: () => string;
  readonly patience: Patience;
}

/**
 * Hands a run to the workers. All that can be told to be wrong is refused here, before anything is written.
 *
 * @throws SPEC_INVALID, PROJECT_UNKNOWN, LOCK_UNFIT, ARTIFACT_UNKNOWN, NOT_TO_BE_SENT, PLACE_UNUSABLE
 */
export async function submitRun({ source, options, ...chosen }: Submission, place: SubmitPlace): Promise<string> {
  const { supervisor, database, queue, now } = place;
  const takesLock = options.lock !== false;
  const all = await supervisor.needs(source, { ...chosen, lock: takesLock });
  const lock = takesLock ? await supervisor.checkLock(source) : undefined;
  refuseHostFiles(all);
  const text = 'text' in source ? source.text : JSON.stringify(source.value);
  const lockText = lock === undefined ? null : lockFileText(lock);
  const given = await pushGiven(all, place);
  const asked = new Map(
    all.flatMap(({ project: { runsOn } }) => (runsOn === undefined ? [] : [[queueOf(runsOn), runsOn] as const])),
  );
  const id = place.newId();
  const createdAt = now();
  const write = async (queries: Queries): Promise<void> => {
    const [isNew] = await queries.query(
      `insert into contractor.runs (id, created_at, spec_name, spec_text, lock_text, options)
       values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning id`,
      [id, createdAt, source.fileName ?? 'specification object', text, lockText, JSON.stringify(options)],
    );
    if (isNew === undefined) return; // It was taken, and only the answer got lost.
    await queries.query(
      `insert into contractor.projects (run, name, position, depends_on, takes, makes, first_step, queue, checkpoint)
       select $1, * from jsonb_to_recordset($2::jsonb) as p (name text, position integer, depends_on text[], takes text[],
         makes text[], first_step text, queue text, checkpoint text)`,
      [id, JSON.stringify(all.map(projectRow))],
    );
    for (const [name, runsOn] of asked) await recordQueue(queries, name, runsOn);
    for (const { name, digest } of given) await registerArtifact(queries, { run: id, name, digest, at: createdAt });
    const run = await lockRun(queries, id);
    if (run === undefined) throw new Error(`run ${id} was just made`);
    const projects = all.map(({ project: { name, dependsOn, steps } }) => ({
      name,
      dependsOn,
      steps: steps.map((step) => ({ id: step.id, title: step.title })),
      stepsDone: 0,
    }));
    const specName = source.fileName ?? 'specification object';
    await recordEvents(queries, id, [{ type: 'run-started', at: createdAt, specName, resumed: false, projects }]);
    await advanceRun(queries, run, { queue, now: createdAt });
  };
  await persistently(async () => {
    for (const name of asked.keys()) await queue.make(name);
    await database.transaction(write);
  }, place.patience);
  return id;
}

function projectRow({ project, takes, makes }: ProjectNeeds, position: number): object {
  const { name, dependsOn, steps, runsOn, checkpoint = null } = project;
  const first = steps[0]?.id ?? '';
  return { name, position, depends_on: dependsOn, takes, makes, first_step: first, queue: queueOf(runsOn), checkpoint };
}

function refuseHostFiles(all: readonly ProjectNeeds[]): void {
  const reading = all.flatMap(({ project, reads }) =>
    reads.map(({ step, path }) => `\`${project.name}:${step}\` reads \`${path}\``),
  );
  if (reading.length === 0) return;
  throw new ContractorError(
    'NOT_TO_BE_SENT',
    `The specification reads files of this host, which workers do not have: ${reading.join('; ')}.`,
    'Have the files in a repository that workers can clone with `git`, or in an artifact; or build it on this host, without `--database`.',
  );
}

/** Leaves with the workers what projects take and none of the run makes: it is in the store of this host. */
async function pushGiven(
  all: readonly ProjectNeeds[],
  { supervisor, exchange, database }: SubmitPlace,
): Promise<readonly { readonly name: string; readonly digest: string }[]> {
  const made = new Set(all.flatMap(({ makes }) => makes));
  const taken = new Set(all.flatMap(({ takes }) => takes));
  const names = [...taken.difference(made)].toSorted();
  if (names.length > 0 && exchange === undefined) {
    throw new ContractorError(
      'NOT_TO_BE_SENT',
      `No project of this run makes ${names.map((name) => `\`${name}\``).join(', ')}: that is in the store of this host.`,
      'Say with `--artifacts` where the workers leave artifacts for each other, so that it can be left there.',
    );
  }
  if (names.length > 0) await exchange?.assertKept(database);
  const given: { name: string; digest: string }[] = [];
  for (const name of names) {
    const { version, digest } = supervisor.artifacts.show(name);
    await exchange?.push({ name, version });
    given.push({ name, digest });
  }
  return given;
}
