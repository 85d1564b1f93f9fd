import type { BuildEvent, StepDuration } from '../../index.ts';
import type { Output } from '../context.ts';
import type { Glyphs } from '../text/glyphs.ts';
import type { Paint } from '../text/paint.ts';

/** One way to show a build. It learns of the build by its events alone. */
export interface Face {
  handle(event: BuildEvent): void;
  /** Called about ten times a second as long as the build lives. */
  tick?(): void;
  /** A word from the command line itself, such as `cancelling`. */
  notice(text: string): void;
  /** Leaves the terminal in order. After it nothing else is called. */
  end(): void;
}

/** What every {@link Face} is made from. */
export interface FaceOptions {
  readonly output: Output;
  readonly paint: Paint;
  readonly glyphs: Glyphs;
  now(): number;
  /** Where a step's output is, by default that of its newest attempt; nothing when it has none. */
  logFile(step: StepReference): string | undefined;
  /** How long the steps of a run took in earlier ones. */
  lastDurations(run: string): readonly StepDuration[];
  /** How to call this program again on the same store: `contractor`, or with `--store`. */
  readonly command: string;
  /** The store is gone when the command has ended: nothing in it is named to look at later. */
  readonly isPassing?: boolean;
  /** Other hosts build it: of the files that it leaves only logs can be had here. */
  readonly isRemote?: boolean;
}

export interface StepReference {
  readonly run: string;
  readonly project: string;
  readonly step: string;
  readonly attempt?: number;
}
