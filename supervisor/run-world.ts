import type { ActionSet } from '../actions/action-set.ts';
import type { InspectionEvent } from 'xstate';
import type { ArtifactPlace } from '../actions/action.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import type { ControlGroups } from '../sandbox/limits/control-groups.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { Cause } from './assess/cause.ts';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import type { OutsideWorld } from './assess/outside-world.ts';
import type { Clocks } from './clocks.ts';
import type { Flusher } from './flusher.ts';
import type { RunBounds } from './run-bounds.ts';
import type { RunEvents } from './run-events.ts';
import type { Sandbox } from './sandbox.ts';

/** What all steps of a run work with. Clocks and ids come from here alone. */
export interface RunWorld extends RunBounds, Clocks {
  readonly run: string;
  readonly store: Store;
  readonly sandbox: Sandbox;
  /** What steps can do. */
  readonly actions: ActionSet;
  readonly idMap: IdMap;
  /** What steps are held to their limits by. */
  readonly groups: ControlGroups;
  readonly events: RunEvents;
  readonly flusher: Flusher;
  readonly specDirectory: string;
  /** Runs of older versions of the same file that were cut off or cancelled, whose steps this one takes over where their keys are the same. */
  readonly continues: readonly string[];
  /** Of the present boot of this host. */
  readonly bootId: string;
  /** What of the outside world steps read: asked for once. */
  readonly outside: Pick<OutsideWorld, 'askAll' | 'ask' | 'askAgain' | 'answer' | 'lastKnownAt'>;
  /** When this run was begun, by the host's clock: results of others that are older may be taken over. */
  readonly begunAt: number;
  /** Where a project goes on that another store has begun. */
  readonly checkpoint?: Checkpoint;
  /** Why no earlier result is to be taken for a step, where somebody asked for that. */
  refusesReuse(project: string, step: Step): Cause | undefined;
  /** The version of an artifact that this run uses: the one it made, else the newest; noted as used. */
  artifact(name: string): ArtifactPlace | undefined;
  /** Aborted when the run is left: what runs in keepers goes on, nothing is begun any more. Then it is not cancelled either. */
  readonly leaving: AbortSignal;
  /** Hears what XState tells of the machines, where somebody looks into them. */
  readonly inspect?: (event: InspectionEvent) => void;
  /** Short, and no two alike: for attempts and layers. */
  newId(): string;
}
