import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openDatabase } from '../../../fleet/database.ts';
import type { Database } from '../../../fleet/database.ts';
import { kill, processesOf } from '../../crash/processes.ts';
import { removeStore } from '../../crash/stage.ts';
import { openTestStore } from '../../supervisor/test-store.ts';
import type { TestStore } from '../../supervisor/test-store.ts';
import { startPostgres } from '../postgres.ts';
import type { Postgres } from '../postgres.ts';
import { openNetwork, whatNetworkLacks } from './network.ts';
import type { Network } from './network.ts';
import { WorkerHost } from './worker-host.ts';

/** Workers with what they share, to be struck. */
export interface Stage {
  /** Named by every process that has to do with them but the server's, and by nobody else. */
  readonly top: string;
  readonly postgres: Postgres;
  /** The database, as who looks on from the server's own host has it. */
  readonly database: Database;
  readonly url: string;
  readonly place: string;
  /** Hands runs in, and builds what they are compared with. */
  readonly store: TestStore;
  readonly hosts: readonly WorkerHost[];
  /** Ends all that runs, and removes all but `top`, which is kept if it is to be looked at. */
  close(options: { readonly isKept: boolean }): Promise<void>;
}

/** Sets the stage below `directory`. `onFault` hears of a worker that ended by itself and should not have. */
export async function makeStage(
  { directory, workers }: { readonly directory: string; readonly workers: number },
  onFault: (words: string) => void,
): Promise<Stage> {
  const top = realpathSync(mkdtempSync(join(directory, 'contractor-fleet-crash-')));
  chmodSync(top, 0o755); // The worker for trees is loaded as an id that is nobody.
  const network: Network | undefined = whatNetworkLacks() === '' ? await openNetwork(workers) : undefined;
  const [postgres, store] = await Promise.all([
    startPostgres({ network: network?.server }),
    openTestStore(join(top, 'own/store')),
  ]);
  const url = postgres.newDatabase();
  const place = join(top, 'place/shared');
  mkdirSync(join(top, 'place'));
  const database = await openDatabase(url);
  const hosts = Array.from({ length: workers }, (_, number) => {
    const port = network?.ports[number];
    const address =
      network === undefined
        ? url
        : `postgres://ci@${network.server.address}/${new URL(url).pathname.slice(1)}?sslmode=disable`;
    return new WorkerHost({ name: `host-${number + 1}`, top, url: address, place, port, onFault });
  });
  return {
    top,
    postgres,
    database,
    url,
    place,
    store,
    hosts,
    close: async ({ isKept }) => {
      for (const host of hosts) host.leave();
      for (let left = processesOf(top); left.length > 0; left = processesOf(top)) {
        kill(left);
        await wait(20);
      }
      await database.close();
      await postgres.close();
      await network?.close();
      if (isKept) return;
      for (const host of hosts) await removeStore(host.store);
      await store.close();
      rmSync(top, { recursive: true, force: true });
    },
  };
}
