import type { Cause } from '../assess/cause.ts';
import type { ProjectState } from '../assess/assessment.ts';
import type { ProjectResult } from '../build-event.ts';

/** A project as an assessment has found it. */
export interface LookedProject {
  readonly state: ProjectState;
  /** Names of the projects that it needs. */
  readonly needs: readonly string[];
  /** Differs when anything does that it is made of, apart from what the projects make for each other. */
  readonly inputs: string;
}

/** What came of building a project, and of what it was made: see {@link triedWith}. */
export interface Tried {
  readonly inputs: string;
  readonly result: ProjectResult;
  /** How often it was tried with that, one time after the other. */
  readonly times: number;
}

/** What is to be done with what an assessment has found. */
export interface ToBuild {
  /** In an order in which they can be built. */
  readonly build: readonly string[];
  readonly failed: readonly string[];
  /** What needs one that failed. */
  readonly held: readonly string[];
}

/**
 * Pure: which projects, given in an order in which they can be built, are to be built now. That is each that is not up
 * to date, but none whose building was tried already with just what it would be made of now: that would end the same.
 * What needs a failed project waits for that one.
 */
export function whatToBuild(projects: readonly LookedProject[], tried: ReadonlyMap<string, Tried>): ToBuild {
  const build = new Set<string>();
  const failed = new Set<string>();
  const held = new Set<string>();
  for (const project of projects) {
    const { state, needs } = project;
    const { project: name } = state;
    if (state.type === 'current') continue;
    const before = tried.get(name);
    const isBlocked = needs.some((needed) => failed.has(needed) || held.has(needed));
    const isCalledFor = isNews(project, before) || needs.some((needed) => build.has(needed));
    if (isBlocked) held.add(name);
    else if (isCalledFor) build.add(name);
    else if (before?.result !== 'built') failed.add(name);
  }
  return { build: [...build], failed: [...failed], held: [...held] };
}

function isNews(project: LookedProject, tried: Tried | undefined): boolean {
  if (tried === undefined) return true;
  const { state } = project;
  // It changed while it was being built, and what failed was made of the change already.
  if (state.type === 'stale' && state.because.type === 'failed-before') return false;
  if (tried.inputs !== triedWith(project)) return true;
  // It changed while it was being built, and was changed back: what was tried was something else.
  const isOfOther = tried.result !== 'cancelled' && state.type === 'stale' && !LASTING.has(state.because.type);
  return isOfOther && tried.times < MOST_TIMES;
}

/** Why a project is out of date that was just built, and would be after another build. */
const LASTING: ReadonlySet<Cause['type']> = new Set<Cause['type']>([
  'outside-unknown',
  'artifact-missing',
  'never-cached',
  'asked',
  'made-by-hand',
]);

/** It may be chance that it was changed and changed back in each of so many builds. */
const MOST_TIMES = 3;

/** Pure: what a project would be made of now; of what another project makes for it, only what it is known to lack. */
export function triedWith({ state, inputs }: LookedProject): string {
  const isOfArtifact = state.type === 'stale' && state.because.type === 'artifact-changed';
  return isOfArtifact ? `${inputs} ${state.because.artifact} ${state.because.now.digest}` : inputs;
}
