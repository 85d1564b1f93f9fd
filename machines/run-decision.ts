import type { ProjectEnd } from './project-machine.ts';

/** A project as the run sees it. */
export interface RunProject {
  readonly name: string;
  readonly dependsOn: readonly string[];
}

/** `skipped`: it was never started, because of the project named `because` or because the run was cancelled. */
export type ProjectFate =
  | { readonly end: ProjectEnd | 'paused' }
  | { readonly end: 'skipped'; readonly because?: string }
  /** It was not started, as long as another project is paused. */
  | { readonly end: 'held' };

/** What a run is decided by: its projects, their fates so far, and what was asked of it. */
export interface RunContext {
  readonly projects: readonly RunProject[];
  readonly jobs: number;
  /** Whether a failure leaves alone what does not need the project that failed. */
  readonly keepGoing: boolean;
  /** Those that an earlier process had begun: they ran, so they go on, also after a failure. */
  readonly begun: readonly string[];
  readonly running: readonly string[];
  readonly fates: Readonly<Record<string, ProjectFate>>;
  readonly cancelled: boolean;
}

/** Pure: which projects start now, and the fates that follow from those there are. */
export function runDecision(context: RunContext): {
  readonly start: readonly string[];
  readonly fates: Readonly<Record<string, ProjectFate>>;
} {
  const fates: Record<string, ProjectFate> = { ...context.fates };
  const start: string[] = [];
  const waits = (name: string): boolean => fates[name]?.end === 'paused' || fates[name]?.end === 'held';
  const isPaused = context.projects.some(({ name }) => waits(name));
  const failure = context.projects.find(({ name }) => hasFailed(fates[name]))?.name;
  for (const { name, dependsOn } of context.projects) {
    if (fates[name] !== undefined || context.running.includes(name)) continue;
    const broken = dependsOn.find((needed) => fates[needed] !== undefined && fates[needed].end !== 'built');
    if (context.cancelled) fates[name] = { end: 'skipped' };
    else if (broken !== undefined && waits(broken)) fates[name] = { end: 'held' };
    else if (broken !== undefined) fates[name] = { end: 'skipped', because: root(broken, fates) };
    else if (failure !== undefined && !context.keepGoing && !context.begun.includes(name))
      fates[name] = { end: 'skipped', because: failure };
    else if (isPaused && !context.begun.includes(name)) fates[name] = { end: 'held' };
    else if (
      context.running.length + start.length < context.jobs &&
      dependsOn.every((needed) => fates[needed]?.end === 'built')
    ) {
      start.push(name);
    }
  }
  return { start, fates };
}

function hasFailed(fate: ProjectFate | undefined): boolean {
  return fate?.end === 'failed';
}

/** The failure behind a skipped project, not the skipped one between. */
function root(project: string, fates: Readonly<Record<string, ProjectFate>>): string {
  const fate = fates[project];
  return fate?.end === 'skipped' && fate.because !== undefined ? fate.because : project;
}
