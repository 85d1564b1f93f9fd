import type { ErrorCode } from '../../errors.ts';
import type { Problem } from '../../spec-schema/problem.ts';
import type { Cause } from '../assess/cause.ts';
import type { BuildEvent } from '../build-event.ts';

/**
 * A specification that is being watched: its events, once, from the first on. It does only what these are asked for, so
 * whoever reads them slowly slows it down, and nothing is lost.
 */
export interface Watch extends AsyncIterable<WatchEvent> {
  /** Looks again now, and builds again what has failed. */
  again(): void;
  /** Cancels a build that runs, and has the events end: behind the last of that. `by` is who cancels, for the record. */
  close(by?: string): void;
}

/** What happens while a specification is watched: all that happens in its builds, and these. Later versions may add more. */
export type WatchEvent =
  | BuildEvent
  /** What is watched, whenever that is another than before. */
  | {
      readonly type: 'watching';
      readonly at: number;
      /** The file of the specification; absent where that is of none, and cannot change. */
      readonly file?: string;
      readonly projects: readonly string[];
      /** Directories and repositories of this host. */
      readonly paths: readonly string[];
      /** What is asked of other hosts, in words, and how often. */
      readonly asked: readonly string[];
      readonly pollMs: number;
    }
  /** Something may be another than before. Whether anything is built again says what comes next. */
  | {
      readonly type: 'change-noticed';
      readonly at: number;
      /** Not more than a few; `more` counts the others. */
      readonly changes: readonly Change[];
      readonly more: number;
    }
  /** A build begins. */
  | {
      readonly type: 'build-needed';
      readonly at: number;
      readonly because: readonly { readonly project: string; readonly step: string; readonly cause: Cause }[];
    }
  /** There is nothing to build until something changes. */
  | {
      readonly type: 'watch-idle';
      readonly at: number;
      readonly current: readonly string[];
      /** What failed in its last build, and is built again when something changes that it is made of. */
      readonly failed: readonly string[];
      /** What waits for one that failed. */
      readonly held: readonly string[];
    }
  /** The build that runs is cancelled, as something changed that it is made of. */
  | { readonly type: 'build-restarted'; readonly at: number; readonly run: string }
  /** The specification cannot be built as it is. It is looked at again when something changes. */
  | {
      readonly type: 'watch-refused';
      readonly at: number;
      readonly code: ErrorCode;
      readonly message: string;
      readonly mend: string;
      /** Of a specification that has problems. */
      readonly problems?: readonly Problem[];
    }
  /** The kernel does not tell of all changes of these; they are looked at instead, every `everyMs`. None in the end: it does again. */
  | {
      readonly type: 'watch-limited';
      readonly at: number;
      readonly paths: readonly string[];
      readonly because: string;
      readonly everyMs: number;
    }
  /** Other hosts do not say what they are asked; what they said before holds until they do. None in the end: they do again. */
  | { readonly type: 'asking-failed'; readonly at: number; readonly asked: readonly string[] };

/** Something that may be another than before. */
export interface Change {
  readonly of: 'specification' | 'file' | 'repository' | 'artifact' | 'outside' | 'request';
  /** A path, the name of an artifact, or what was asked, in words. */
  readonly name: string;
}
