import type { IdMap } from '../../sandbox/id-map.ts';
import type { Store } from '../../store/open-store.ts';
import type { Clocks } from '../clocks.ts';
import type { Sandbox } from '../sandbox.ts';

/** What the removal of garbage works with; the id map is asked for only when trees are touched. */
export interface GcWorld extends Clocks {
  readonly store: Store;
  readonly sandbox: Pick<Sandbox, 'runTreeJob' | 'isKeeperAlive' | 'removeKeeper'>;
  idMap(): IdMap;
}
