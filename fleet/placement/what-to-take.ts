import { missingOf } from '../../index.ts';
import type { ArtifactShelf, HostTraits } from '../../index.ts';
import type { Database } from '../database.ts';
import { holdingsOf } from './holdings.ts';
import { passedOver } from './preference.ts';
import { inTurn, queuesFor } from './queues.ts';
import { othersThatHold } from './workers.ts';

/** A queue to be taken from, and which groups of it are passed over: first these, then those. */
export interface Offer {
  readonly queue: string;
  readonly rounds: readonly (readonly string[])[];
}

/** Where a worker looks for something to build at its next turn, in this order. */
export async function whatToTake({
  database,
  worker,
  traits,
  turn,
  artifacts,
}: {
  readonly database: Database;
  readonly worker: string;
  readonly traits: HostTraits;
  readonly turn: number;
  readonly artifacts: Pick<ArtifactShelf, 'list'>;
}): Promise<readonly Offer[]> {
  const queues = inTurn(await queuesFor(database, traits), turn);
  const needs = new Set(queues.flatMap(({ waiting }) => waiting.flatMap((group) => group.needs)));
  const others = needs.size === 0 ? [] : await othersThatHold(database, { worker, needs: [...needs] });
  // Where nobody has anything, it does not matter what this one has.
  const own = others.length === 0 ? new Map<string, number>() : holdingsOf(artifacts.list());
  return queues.map(({ name, runsOn, waiting }) => {
    const able = others.filter((other) => missingOf(runsOn, other.traits).length === 0);
    return { queue: name, rounds: passedOver(waiting, { own, others: able }) };
  });
}
