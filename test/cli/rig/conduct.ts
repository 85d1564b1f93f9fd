import type { BuildEvent, Outcome, Progress, ProjectOutline, ProjectResult, RunResult } from '../../../index.ts';

/** Distributes over the members of a union. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/**
 * Conducts a build that does not take place: each call is an event, at the time
 * that the clock shows. `hear` gets them one by one.
 *
 *     const build = conduct({ hello: ['empty-workspace', 'shell true'] }, hear);
 *     build.start();
 *     build.step('hello', 1);
 *     build.pass(1500);
 *     build.ends('hello', 1, { type: 'failed', exitCode: 2 });
 */
export function conduct(
  projects: Readonly<Record<string, readonly string[]>>,
  hear: (event: BuildEvent) => void,
  { needs = {} }: { needs?: Readonly<Record<string, readonly string[]>> } = {},
) {
  let at = Date.UTC(2026, 0, 1);
  const began = at;
  let seq = 0;
  const attempts = new Map<string, { number: number; startedAt: number }>();
  const startOf = new Map<string, number>();
  const outline = (name: string): ProjectOutline => ({
    name,
    dependsOn: needs[name] ?? [],
    steps: (projects[name] ?? []).map((title, index) => ({ id: stepId(name, index + 1), title })),
    stepsDone: 0,
  });
  const stepId = (project: string, place: number): string =>
    `${place}-${projects[project]?.[place - 1]?.split(' ')[0] ?? ''}`;
  const tell = (event: Without<BuildEvent, 'run' | 'at' | 'seq'>): void =>
    hear({ ...event, run: 'r1', at, seq: ++seq } as BuildEvent);

  return {
    now: (): number => at,
    pass(ms: number): void {
      at += ms;
    },
    tell: (event: Without<BuildEvent, 'run' | 'at' | 'seq'>): void => tell(event),
    start(change: (project: ProjectOutline) => ProjectOutline = (project) => project, resumed = false): void {
      tell({
        type: 'run-started',
        specName: 'build.yaml',
        resumed,
        projects: Object.keys(projects).map((name) => change(outline(name))),
      });
    },
    project(name: string): void {
      startOf.set(name, at);
      tell({ type: 'project-started', project: name });
    },
    step(project: string, place: number): void {
      const step = stepId(project, place);
      const number = (attempts.get(`${project}/${step}`)?.number ?? 0) + 1;
      attempts.set(`${project}/${step}`, { number, startedAt: at });
      tell({ type: 'step-started', project, step, attempt: number, attemptId: `${project}-${place}-${number}` });
    },
    progress(project: string, place: number, progress: Progress): void {
      tell({ type: 'step-progress', project, step: stepId(project, place), ...progress });
    },
    ends(
      project: string,
      place: number,
      outcome: Outcome = { type: 'succeeded' },
      next?: 'retry' | 'continue' | 'end',
    ): void {
      const step = stepId(project, place);
      const { number = 1, startedAt = at } = attempts.get(`${project}/${step}`) ?? {};
      const common = {
        attempt: number,
        attemptId: `${project}-${place}-${number}`,
        outcome,
        durationMs: at - startedAt,
      };
      tell({ type: 'step-ended', project, step, ...common, ...(next === undefined ? {} : { next }) });
    },
    /** After an attempt that failed: the next waits for `ms`. */
    waits(project: string, place: number, ms: number): void {
      const step = stepId(project, place);
      const attempt = (attempts.get(`${project}/${step}`)?.number ?? 0) + 1;
      tell({ type: 'step-waiting', project, step, attempt, until: at + ms });
    },
    projectEnds(project: string, result: ProjectResult, because?: string): void {
      const durationMs = at - (startOf.get(project) ?? at);
      tell({ type: 'project-ended', project, result, durationMs, ...(because === undefined ? {} : { because }) });
    },
    runEnds(result: RunResult): void {
      tell({ type: 'run-ended', result, durationMs: at - began });
    },
    /** A whole project whose steps take `ms` each, and succeed. */
    builds(project: string, ms = 1000): void {
      this.project(project);
      for (const index of (projects[project] ?? []).keys()) {
        this.step(project, index + 1);
        at += ms;
        this.ends(project, index + 1);
      }
      this.projectEnds(project, 'built');
    },
  };
}
