import type { CompareWorld } from './compare-states.ts';
import type { Sandbox } from './sandbox.ts';

/** What shells of recorded steps work with. */
export interface SessionWorld extends CompareWorld {
  readonly sandbox: Sandbox;
  readonly bootId: string;
  now(): number;
  newId(): string;
}
