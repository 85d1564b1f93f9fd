import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createActor, fromCallback } from 'xstate';
import { runMachine } from '../../machines/run-machine.ts';
import type { ProjectFate, RunContext } from '../../machines/run-decision.ts';
import type { ProjectEnd, StepInput, StepOutput } from '../../machines/project-machine.ts';
import type { Project } from '../../spec-schema/build-spec.ts';
import { superviseProject } from '../../supervisor/supervise-project.ts';
import type { ProjectSave } from '../../supervisor/supervise-project.ts';
import { step } from '../machines/samples.ts';

interface Given {
  readonly jobs: number;
  /** Project n needs those of its list that come before it, and has so many steps, of which one may fail. */
  readonly projects: readonly { readonly needs: readonly number[]; readonly steps: number; readonly fails?: number }[];
  /** Before which completions the whole run is killed. */
  readonly crashes: readonly number[];
}

const given: fc.Arbitrary<Given> = fc.record({
  jobs: fc.integer({ min: 1, max: 4 }),
  projects: fc.array(
    fc.record(
      { needs: fc.array(fc.nat(5), { maxLength: 2 }), steps: fc.integer({ min: 1, max: 3 }), fails: fc.nat(2) },
      { requiredKeys: ['needs', 'steps'] },
    ),
    { minLength: 2, maxLength: 6 },
  ),
  crashes: fc.array(fc.nat(12), { maxLength: 3 }),
});

function projectOf({ needs, steps }: Given['projects'][number], index: number): Project {
  return {
    name: `p${index}`,
    dependsOn: [...new Set(needs.filter((each) => each < index))].map((each) => `p${each}`),
    steps: Array.from({ length: steps }, (_, nth) => step(`s${nth}`)),
  };
}

/** What happened, in order: `p0 s1` is a step that was asked for, `p0 built` an end, `crash` a crash. */
type History = string[];

/** Kept over crashes, as the store keeps it: the state and the save of each project's machine. */
type Saves = Map<string, { readonly state: string; readonly save: unknown }>;

/** The run, from where `saves` are, to its end or to the crash. */
async function runOnce(
  { jobs, projects, fails }: { jobs: number; projects: readonly Project[]; fails: ReadonlyMap<string, number> },
  { saves, history, complete }: { saves: Saves; history: History; complete: (what: string) => Promise<boolean> },
): Promise<RunContext | 'crashed'> {
  let isDead = false;
  return await new Promise((resolve, reject) => {
    const runProject = fromCallback<{ type: 'CANCEL' }, { readonly project: string }>(({ input, sendBack }) => {
      const project = projects.find(({ name }) => name === input.project);
      if (project === undefined) throw new Error(`no project ${input.project}`);
      const runStep = async ({ step: name, tree }: StepInput): Promise<StepOutput> => {
        history.push(`${project.name} ${name}`);
        if (!(await complete(`${project.name} ${name}`)) || isDead) {
          isDead = true;
          resolve('crashed');
          return await new Promise(() => undefined);
        }
        const isFailing = fails.get(project.name) === Number(name.slice(1));
        return { outcome: isFailing ? { type: 'failed', exitCode: 1 } : { type: 'succeeded' }, tree, endedAt: 0 };
      };
      const keep = ({ state, save }: ProjectSave): void => {
        if (!isDead) saves.set(project.name, { state, save: JSON.parse(JSON.stringify(save)) as unknown });
      };
      const build = async (): Promise<void> => {
        const end = await superviseProject({ project, save: saves.get(project.name)?.save }, { keep, runStep });
        if (isDead || typeof end !== 'string') return;
        history.push(`${project.name} ${end}`);
        sendBack({ type: 'PROJECT_ENDED', project: project.name, end });
      };
      build().catch(reject);
    });
    const states = [...saves].map(([name, { state }]) => ({ name, state }));
    const isEnd = (state: string): state is ProjectEnd => state === 'built' || state === 'failed';
    const fates = states.flatMap(({ name, state }) => (isEnd(state) ? [[name, { end: state }] as const] : []));
    const actor = createActor(runMachine.provide({ actors: { runProject } }), {
      input: {
        projects: projects.map(({ name, dependsOn }) => ({ name, dependsOn })),
        jobs,
        fates: Object.fromEntries(fates) as Record<string, ProjectFate>,
        begun: states.filter(({ state }) => !isEnd(state)).map(({ name }) => name),
      },
    });
    actor.subscribe({
      complete: () => resolve((actor.getSnapshot() as { context: RunContext }).context),
      error: reject,
    });
    actor.start();
  });
}

/**
 * The run by other means: no machine, one loop over what happened. Gives what was
 * wrong with it, and how each project has to have ended.
 */
function judge(
  { jobs, projects }: { jobs: number; projects: readonly Project[] },
  history: History,
): { readonly wrong: string[]; readonly ends: Record<string, string> } {
  const wrong: string[] = [];
  const done = new Map<string, string>();
  const begun = new Set<string>();
  const committed = new Set<string>();
  let running = new Set<string>();
  const pending = new Map<string, string>();
  for (const entry of history) {
    const [name = '', what = ''] = entry.split(' ');
    if (entry === 'crash') {
      running = new Set();
      pending.clear();
    } else if (what === 'built' || what === 'failed') {
      done.set(name, what);
      running.delete(name);
    } else {
      if (!running.has(name)) {
        running.add(name);
        const needed = projects.find((each) => each.name === name)?.dependsOn ?? [];
        if (!needed.every((each) => done.get(each) === 'built')) wrong.push(`${entry}: too early`);
        if ([...done.values()].includes('failed') && !begun.has(name)) wrong.push(`${entry}: after a failure`);
        if (done.has(name)) wrong.push(`${entry}: it had ended`);
        if (running.size > jobs) wrong.push(`${entry}: too many`);
      }
      const before = pending.get(name);
      if (before !== undefined) committed.add(`${name} ${before}`);
      if (committed.has(entry)) wrong.push(`${entry}: again`);
      pending.set(name, what);
      begun.add(name);
    }
  }
  const ends = projects.map(({ name }) => [name, done.get(name) ?? 'skipped'] as const);
  if (![...done.values()].includes('failed') && done.size < projects.length) wrong.push('skipped without a failure');
  for (const name of begun) if (!done.has(name)) wrong.push(`${name}: begun and not ended`);
  return { wrong, ends: Object.fromEntries(ends) };
}

/** The run with all its crashes. */
async function runToItsEnd(
  spec: Given,
  scheduler: fc.Scheduler,
): Promise<{ readonly history: History; readonly ends: Record<string, string> }> {
  const projects = spec.projects.map(projectOf);
  const fails = new Map(spec.projects.flatMap(({ fails: at }, index) => (at === undefined ? [] : [[`p${index}`, at]])));
  const saves: Saves = new Map();
  const history: History = [];
  const crashes = new Set(spec.crashes);
  let completions = 0;
  const complete = async (what: string): Promise<boolean> => {
    await scheduler.schedule(Promise.resolve(), what);
    return !crashes.delete(completions++);
  };
  for (;;) {
    const once = runOnce({ jobs: spec.jobs, projects, fails }, { saves, history, complete });
    const ended = await scheduler.waitFor(once);
    if (ended !== 'crashed') {
      const ends = Object.entries(ended.fates).map(([name, { end }]) => [name, end] as const);
      return { history, ends: Object.fromEntries(ends) };
    }
    history.push('crash');
  }
}

test('projects that complete in any order, through crashes of the whole run, end as in the model', async () => {
  await fc.assert(
    fc.asyncProperty(given, fc.scheduler(), async (spec, scheduler) => {
      const { history, ends } = await runToItsEnd(spec, scheduler);
      expect(judge({ jobs: spec.jobs, projects: spec.projects.map(projectOf) }, history)).toEqual({ wrong: [], ends });
      for (const [index, { steps, fails }] of spec.projects.entries()) {
        const own = fails !== undefined && fails < steps ? 'failed' : 'built';
        expect([own, 'skipped']).toContain(ends[`p${index}`]);
      }
    }),
  );
});
