/** A worker that knows fewer migrations: `worker.ts VERSION STORE DATABASE PLACE`. SIGTERM lets it finish what it has. */
import { createSupervisor, thisHost } from '../../../index.ts';
import { olderFleet } from './older-fleet.ts';

const [version, store = '', url = '', place = ''] = process.argv.slice(2);
const { openFleet, runWorker, exchangeAt } = await olderFleet(Number(version));
const supervisor = createSupervisor({ store });
const fleet = await openFleet(url);
const draining = new AbortController();
process.once('SIGTERM', () => draining.abort());
await supervisor.artifacts.preparePlace(place);
await runWorker({
  ...fleet,
  supervisor,
  exchange: exchangeAt(place, supervisor.artifacts),
  worker: 'older',
  holder: `older ${process.pid}`,
  jobs: 1,
  traits: thisHost([]),
  now: Date.now,
  draining: draining.signal,
  patience: { giveUpAfterMs: 0, now: () => performance.now(), name: fleet.database.name },
  tell: (news) => process.stdout.write(`${JSON.stringify(news)}\n`),
});
await fleet[Symbol.asyncDispose]();
await supervisor.close();
