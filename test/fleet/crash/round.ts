import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { persistently } from '../../../fleet/persistently.ts';
import { dice } from '../../crash/dice.ts';
import type { Blow } from './blow.ts';
import { faultsOfRun, readToldRun } from './check-run.ts';
import type { ToldRun } from './check-run.ts';
import type { FleetResult } from './reference.ts';
import { fleetProjects } from './specification.ts';
import type { FleetSpec } from './specification.ts';
import type { Stage } from './stage.ts';
import { strike } from './strike.ts';
import { statusOf, submit } from './submitter.ts';
import type { Submitter } from './submitter.ts';
import type { FleetTally } from './tally.ts';

/** Longer than nothing is told of a run that is not stuck, on a host however busy. */
const LONGEST_SILENCE_MS = 300_000;
const LOOK_MS = 100;

/** What a round is played with. */
export interface RoundPlace {
  readonly stage: Stage;
  readonly tally: FleetTally;
  /** Runs of the rounds before. */
  readonly known: Map<string, ToldRun>;
}

/** One run that is struck. */
export interface Round {
  readonly seed: number;
  readonly number: number;
  readonly spec: FleetSpec;
  readonly reference: FleetResult;
  readonly blows: readonly Blow[];
}

/** Has a run built while it is struck, and compares it with one that nobody disturbed. */
export async function playRound(round: Round, place: RoundPlace): Promise<void> {
  const { stage, tally, known } = place;
  const { spec, reference, number } = round;
  const file = join(stage.store.work, `run-${number}.json`);
  writeFileSync(file, JSON.stringify({ projects: fleetProjects(spec) }));
  const hand = (): Submitter => submit({ ...stage, store: stage.store.store, file });
  const state = { submitter: hand(), isOver: false };
  const striking = strikeAll(round, place, state);
  try {
    const run = await handedIn(state, hand, place);
    if (run === undefined) return;
    const told = await endOf(run, place);
    state.isOver = true;
    const status = await state.submitter.ended;
    await striking;
    if (told === undefined) return;
    const note = (fault: string): void => void tally.violations.push(`round ${number}, run ${run}: ${fault}`);
    for (const fault of faultsOfRun(told, reference)) note(fault);
    const expected = reference.result === 'built' ? 0 : 1;
    if (status !== 'SIGKILL' && status !== expected) {
      note(`who looked on ended with ${status}, not ${expected}: ${state.submitter.said().slice(-1000)}`);
    }
    const seen = await statusOf(run, { ...stage, store: stage.store.store });
    if (!seen.includes(`"state":"${reference.result}"`) && !seen.includes(`"state": "${reference.result}"`)) {
      note(`its status is ${seen.slice(0, 500)}`);
    }
    known.set(run, told);
    countOf(told, tally);
  } finally {
    state.isOver = true;
    await striking;
  }
}

async function strikeAll(
  { blows, seed, number }: Round,
  { stage, tally }: RoundPlace,
  state: { readonly submitter: Submitter; readonly isOver: boolean },
): Promise<void> {
  const under: Promise<void>[] = [];
  const held = new Set<string>();
  const target = { ...stage, held, killSubmitter: () => state.submitter.kill() };
  for (const [index, blow] of blows.entries()) {
    await wait(blow.afterMs);
    if (state.isOver) break;
    const struck = strike(blow, target, dice(seed, number * 100 + index + 1000));
    under.push(struck.then((met) => (met ? tally.struck(blow.type) : tally.add('missed'))));
  }
  await Promise.all(under);
}

/** The run that was handed in, by the database. Who hands in may be killed, or refused, before it is: then it is done again. */
async function handedIn(
  state: { submitter: Submitter },
  hand: () => Submitter,
  { stage: { database }, tally, known }: RoundPlace,
): Promise<string | undefined> {
  const begun = performance.now();
  const find = async (): Promise<string | undefined> => {
    const rows = await persistently(
      async () =>
        await database.query<{ id: string }>(`select id from contractor.runs where id <> all($1)`, [[...known.keys()]]),
      PATIENCE,
    );
    if (rows.length > 1) tally.violations.push(`a run was handed in twice: ${rows.map(({ id }) => id).join(', ')}`);
    return rows[0]?.id;
  };
  while (performance.now() - begun < LONGEST_SILENCE_MS) {
    const ended = await Promise.race([state.submitter.ended, wait(LOOK_MS)]);
    const run = await find();
    if (run !== undefined) return run;
    if (ended === undefined) continue;
    if (ended !== 'SIGKILL' && !AWAY.test(state.submitter.said())) break;
    tally.add('submitted again');
    await wait(1000);
    state.submitter = hand();
  }
  tally.violations.push(`no run was handed in: ${state.submitter.said()}`);
  return undefined;
}

/** What it may be refused with meanwhile. */
const AWAY = /\[(DATABASE_UNUSABLE|PLACE_UNUSABLE)\]/;

const PATIENCE = { giveUpAfterMs: 60_000, now: () => performance.now(), name: 'the database' };

async function endOf(run: string, { stage: { database, hosts }, tally }: RoundPlace): Promise<ToldRun | undefined> {
  let heard = { at: performance.now(), events: 0 };
  while (performance.now() - heard.at < LONGEST_SILENCE_MS) {
    const told = await persistently(async () => await readToldRun(database, run), PATIENCE);
    if (told.result !== null) return told;
    if (told.events.length > heard.events) heard = { at: performance.now(), events: told.events.length };
    await wait(LOOK_MS);
  }
  const projects = await database.query('select name, state, worker, losses from contractor.projects where run = $1', [
    run,
  ]);
  const words = hosts.map(({ name, words: said }) => `${name}: ${said.slice(-1500)}`).join('\n');
  tally.violations.push(`run ${run} does not end: ${JSON.stringify(projects)}\n${words}`);
  return undefined;
}

function countOf({ events }: ToldRun, tally: FleetTally): void {
  tally.add('runs');
  const count = (type: string): number => events.filter((event) => event.type === type).length;
  tally.add('projects', count('project-ended'));
  tally.add('steps', count('step-ended'));
  tally.add('adopted', count('step-adopted'));
  const begun = events.flatMap((event) => (event.type === 'project-started' ? [event.project] : []));
  tally.add('begun again', begun.length - new Set(begun).size);
}
