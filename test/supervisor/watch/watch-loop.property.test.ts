import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WatchEvent } from '../../../supervisor/watch/watch.ts';
import { watchLoop } from '../../../supervisor/watch/watch-loop.ts';
import { propertyRuns } from '../../property-runs.ts';
import { settled } from '../simulated/clock.ts';
import { nameOf, SimulatedWorld } from './simulated-world.ts';
import type { SimulatedProject } from './simulated-world.ts';

const SOURCES = 3;

const projects = fc.array(
  fc.record({
    reads: fc.uniqueArray(fc.nat(SOURCES - 1), { maxLength: 2 }),
    needs: fc.uniqueArray(fc.nat(3), { maxLength: 2 }),
    buildMs: fc.integer({ min: 1, max: 3000 }),
  }),
  { minLength: 1, maxLength: 4 },
);

const changes = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.nat(150), fc.nat(4000)),
    source: fc.nat(SOURCES - 1),
    content: fc.nat(3),
    hintAfterMs: fc.nat(100),
  }),
  { maxLength: 12 },
);

interface Course {
  readonly projects: readonly SimulatedProject[];
  readonly changes: readonly {
    readonly afterMs: number;
    readonly source: number;
    readonly content: number;
    readonly hintAfterMs: number;
  }[];
  readonly lookMs: number;
  readonly restart: boolean;
}

const course: fc.Arbitrary<Course> = fc.record({ projects, changes, lookMs: fc.nat(300), restart: fc.boolean() });

/** Watches the simulated world while it changes, until nothing more happens. */
async function watched({ projects, changes, lookMs, restart }: Course): Promise<{
  world: SimulatedWorld;
  events: readonly WatchEvent[];
}> {
  // Each needs only earlier ones.
  const graph = projects.map((each, index) => ({ ...each, needs: each.needs.filter((needed) => needed < index) }));
  const world = new SimulatedWorld(graph, { contents: Array.from({ length: SOURCES }, () => 1), lookMs });
  const { clock } = world;
  let at = clock.now();
  for (const { afterMs, source, content, hintAfterMs } of changes) {
    at += afterMs;
    clock.at(at, () => world.change(source, content, hintAfterMs));
  }
  const closing = new AbortController();
  const events: WatchEvent[] = [];
  const over = new AbortController();
  const reading = (async () => {
    for await (const event of watchLoop(world.ports(restart), closing.signal)) events.push(event);
    over.abort();
  })();
  clock.at(at + 600_000, () => closing.abort());
  // Also what is under way when it is closed comes to its end.
  for (await settled(); !over.signal.aborted; await settled()) clock.tick();
  await reading;
  return { world, events };
}

describe('a watch of a world that changes', () => {
  test('ends with everything built of what is there in the end, or failed with just that', async () => {
    await fc.assert(
      fc.asyncProperty(course, async (given) => {
        const { world, events } = await watched(given);
        expect(world.ends()).not.toContain('stale');
        expect(events.at(-1)?.type).toBe('watch-idle');
      }),
      propertyRuns(300),
    );
  });

  test('never has two builds at once, and builds nothing again that failed, as long as it is as it was', async () => {
    await fc.assert(
      fc.asyncProperty(course, async (given) => {
        // Before its hint a change is something that only the build sees, which then tries a few times.
        const changes = given.changes.map((change) => ({ ...change, hintAfterMs: 0 }));
        const { world } = await watched({ ...given, changes, restart: false });
        expect(world.mostAtOnce).toBeLessThanOrEqual(1);
        for (const [index, { needs }] of given.projects.entries()) {
          // What is built with one that it needs may come out as it was.
          if (needs.some((needed) => needed < index)) continue;
          const tries = world.tries.filter(({ project }) => project === nameOf(index));
          for (const [at, { ok, changes }] of tries.entries()) {
            const isTwice = tries[at + 1]?.changes === changes && tries[at - 1]?.changes === changes;
            expect(ok || !isTwice).toBe(true);
          }
        }
      }),
      propertyRuns(200),
    );
  });

  test('builds once for a burst of changes, and not at all when they are taken back', async () => {
    const burst = fc.array(fc.record({ afterMs: fc.nat(150), content: fc.integer({ min: 1, max: 9 }) }), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(burst, fc.integer({ min: 1, max: 2 }), async (given, last) => {
        const burst = [...given, { afterMs: 10, content: last }];
        const { world } = await watched({
          projects: [{ reads: [0], needs: [], buildMs: 10 }],
          changes: burst.map((each, index) => ({
            ...each,
            afterMs: index === 0 ? 20_000 : each.afterMs,
            source: 0,
            hintAfterMs: 0,
          })),
          lookMs: 0,
          restart: false,
        });
        expect(world.builds.length).toBe(last === 1 ? 1 : 2);
      }),
      propertyRuns(200),
    );
  });
});
