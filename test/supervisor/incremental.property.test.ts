import fc from 'fast-check';
import { expect, test } from 'vitest';
import { text } from '../../actions/parameters.ts';
import { propertyRuns } from '../property-runs.ts';
import { builtOf, IncrementalWorld, projectsOf, textOf } from './simulated/incremental.ts';
import type { Graph } from './simulated/incremental.ts';

const script = fc.record({ writes: fc.nat(2), says: fc.nat(2) });

/** Two to five projects, each of which uses what some before it make. */
const graphs: fc.Arbitrary<Graph> = fc.array(
  fc.record({ uses: fc.array(fc.nat(4), { maxLength: 2 }), scripts: fc.array(script, { minLength: 1, maxLength: 3 }) }),
  { minLength: 2, maxLength: 5 },
);

/** Another script for some step of some project: what it leaves may be the same as before. */
const edits = fc.array(fc.record({ project: fc.nat(4), step: fc.nat(2), script }), { minLength: 1, maxLength: 4 });

function edited(
  graph: Graph,
  { project, step, script: to }: { project: number; step: number; script: Graph[0]['scripts'][0] },
): Graph {
  const at = project % graph.length;
  return graph.map((each, index) =>
    index === at
      ? { ...each, scripts: each.scripts.map((old, nth) => (nth === step % each.scripts.length ? to : old)) }
      : each,
  );
}

test('[A-150] an incremental build makes what a clean one makes, and runs no step that no edit reaches', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, edits, async (graph, changes) => {
      const world = new IncrementalWorld();
      try {
        await world.build(graph);
        let before = graph;
        for (const change of changes) {
          const now = edited(before, change);
          const assessed = await world.assess(now);
          const built = await world.build(now);
          const wanted = await builtOf(now);
          expect({ graph: textOf(now), ...built.artifacts }).toEqual({ graph: textOf(now), ...wanted });
          const reached = reachable({ before, now }, { was: await builtOf(before), is: wanted });
          expect(built.ran.filter((step) => !reached.has(step))).toEqual([]);
          // What was said to be up to date was not touched, and what was said to be built was.
          const touched = new Set(built.ran.map((step) => step.split('/')[0]));
          expect(assessed.filter(({ type, project }) => type === 'current' && touched.has(project))).toEqual([]);
          expect(assessed.filter(({ type, project }) => type === 'stale' && !touched.has(project))).toEqual([]);
          expect((await world.build(now)).ran).toEqual([]);
          before = now;
        }
      } finally {
        world.close();
      }
    }),
    propertyRuns(25),
  );
}, 180_000);

/** The steps from the first that was edited, or that takes an artifact which came out another, by what clean builds make. */
function reachable(
  graphs: { readonly before: Graph; readonly now: Graph },
  artifacts: { readonly was: Readonly<Record<string, string>>; readonly is: Readonly<Record<string, string>> },
): ReadonlySet<string> {
  const before = projectsOf(graphs.before);
  return new Set(
    projectsOf(graphs.now).flatMap(({ name, steps }, index) => {
      const first = steps.findIndex((step, nth) => {
        const artifact = step.action === 'unpack-artifact' ? text(step, 'artifact-name') : '';
        const isOther = JSON.stringify(step) !== JSON.stringify(before[index]?.steps[nth]);
        return isOther || (artifact !== '' && artifacts.was[artifact] !== artifacts.is[artifact]);
      });
      return first === -1 ? [] : steps.slice(first).map(({ id }) => `${name}/${id}`);
    }),
  );
}
