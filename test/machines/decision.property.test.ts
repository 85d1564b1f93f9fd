import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createActor, fromCallback } from 'xstate';
import { runMachine } from '../../machines/run-machine.ts';
import type { RunContext } from '../../machines/run-decision.ts';
import type { RunEvent } from '../../machines/run-machine.ts';
import type { ProjectEnd } from '../../machines/project-machine.ts';

const runs = fc.record({
  jobs: fc.integer({ min: 1, max: 4 }),
  // Project n needs those of its list that come before it.
  needs: fc.array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 1, maxLength: 8 }),
  ends: fc.array(fc.constantFrom<ProjectEnd>('built', 'built', 'built', 'failed'), { minLength: 8, maxLength: 8 }),
  /** Which of the running projects ends next. */
  order: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
  cancelAt: fc.option(fc.nat(8), { nil: undefined }),
});

test('a run never has too many projects, starts none too early, and gives every one a fate', () => {
  fc.assert(
    fc.property(runs, ({ jobs, needs, ends, order, cancelAt }) => {
      const projects = needs.map((list, index) => ({
        name: `p${index}`,
        dependsOn: [...new Set(list.filter((each) => each < index))].map((each) => `p${each}`),
      }));
      const running: string[] = [];
      const started: string[] = [];
      const told: string[] = [];
      const finished = new Map<string, ProjectEnd>();
      const runProject = fromCallback<{ type: 'CANCEL' }, { readonly project: string }>(({ input, receive }) => {
        const needed = projects.find(({ name }) => name === input.project)?.dependsOn ?? [];
        expect(needed.every((name) => finished.get(name) === 'built')).toBe(true);
        running.push(input.project);
        started.push(input.project);
        expect(running.length).toBeLessThanOrEqual(jobs);
        receive(() => told.push(input.project));
      });
      const actor = createActor(runMachine.provide({ actors: { runProject } }), {
        input: { projects, jobs, fates: {}, begun: [] },
      });
      actor.start();
      for (let turn = 0; running.length > 0; turn += 1) {
        if (turn === cancelAt) {
          actor.send({ type: 'CANCEL' } satisfies RunEvent);
          if (told.join() !== running.join()) throw new Error(`told ${told.join()}, running ${running.join()}`);
        }
        const [ending = ''] = running.splice((order[turn] ?? 0) % running.length, 1);
        const wanted = ends[Number(ending.slice(1))] ?? 'built';
        const end = told.includes(ending) ? 'cancelled' : wanted;
        finished.set(ending, end);
        actor.send({ type: 'PROJECT_ENDED', project: ending, end } satisfies RunEvent);
      }
      expect(actor.getSnapshot().status).toBe('done');
      const { fates } = actor.getSnapshot().context as RunContext;
      expect(Object.keys(fates).toSorted()).toEqual(projects.map(({ name }) => name));
      expect(new Set(started).size).toBe(started.length);
      const wrong = Object.entries(fates).filter(([name, fate]) => {
        if (fate.end !== 'skipped') return fate.end !== finished.get(name);
        if (started.includes(name)) return true;
        // Named is what failed, or was cancelled; none is named only when the run was cancelled.
        return fate.because === undefined
          ? cancelAt === undefined
          : (finished.get(fate.because) ?? 'built') === 'built';
      });
      expect(wrong).toEqual([]);
    }),
  );
});
