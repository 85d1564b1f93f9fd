import type { BuildSpec, Project } from './build-spec.ts';

/** Which names each name needs first. A name that is needed but has no entry needs nothing. */
export type DependencyGraph = ReadonlyMap<string, readonly string[]>;

/** The projects, each after all that it needs, otherwise as they stand in the specification. */
export function dependencyOrder(spec: BuildSpec): readonly Project[] {
  return neededBy(
    spec,
    spec.projects.map(({ name }) => name),
  );
}

/** The named projects and all that they need, each after what it needs. Names of no project are passed over. */
export function neededBy(spec: BuildSpec, names: Iterable<string>): readonly Project[] {
  const projects = new Map(spec.projects.map((project) => [project.name, project]));
  const ordered = new Set<Project>();
  // No recursion: a chain of projects may be longer than the stack is deep.
  const pending = [...names].toReversed();
  const opened = new Set<string>();
  for (let name = pending.at(-1); name !== undefined; name = pending.at(-1)) {
    const project = projects.get(name);
    if (project !== undefined && !opened.has(name)) {
      opened.add(name);
      pending.push(...project.dependsOn.toReversed().filter((needed) => !opened.has(needed)));
    } else {
      pending.pop();
      if (project !== undefined) ordered.add(project);
    }
  }
  return [...ordered];
}

/**
 * A cycle for each knot of names that wait for each other, the first name of
 * the graph first: `['a', 'b']` says that `a` needs `b` and `b` needs `a`.
 *
 * In a knot there may be many cycles; the one given is a shortest one through
 * the name of the knot that stands first. A name that needs itself is a cycle.
 */
export function dependencyCycles(graph: DependencyGraph): readonly (readonly string[])[] {
  const knotOf = knots(graph);
  const cycles: string[][] = [];
  const done = new Set<number | undefined>();
  for (const name of graph.keys()) {
    const knot = knotOf.get(name);
    if (done.has(knot)) continue;
    done.add(knot);
    const cycle = shortestCycle(graph, name, (other) => knotOf.get(other) === knot);
    if (cycle !== undefined) cycles.push(cycle);
  }
  return cycles;
}

/** Breadth first from `start` back to itself. */
function shortestCycle(
  graph: DependencyGraph,
  start: string,
  isInKnot: (name: string) => boolean,
): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const name of queue) {
    for (const needed of graph.get(name) ?? []) {
      if (needed === start) {
        const cycle = [name];
        for (let at = cameFrom.get(name); at !== undefined; at = cameFrom.get(at)) cycle.unshift(at);
        return cycle;
      }
      if (isInKnot(needed) && !cameFrom.has(needed)) {
        cameFrom.set(needed, name);
        queue.push(needed);
      }
    }
  }
  return undefined;
}

/**
 * A number for each name, the same for names that need each other, directly or
 * not (Tarjan, Depth-first search and linear graph algorithms, 1972; with a
 * stack of our own instead of recursion).
 */
function knots(graph: DependencyGraph): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const knotOf = new Map<string, number>();
  const open: string[] = [];
  const lower = (name: string, to: number | undefined): void => {
    low.set(name, Math.min(low.get(name) ?? Infinity, to ?? Infinity));
  };
  const enter = (name: string): { name: string; next: number } => {
    index.set(name, index.size);
    lower(name, index.get(name));
    open.push(name);
    return { name, next: 0 };
  };
  for (const root of graph.keys()) {
    const path = index.has(root) ? [] : [enter(root)];
    for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
      const { name } = frame;
      const needed = graph.get(name)?.[frame.next++];
      if (needed !== undefined) {
        if (!index.has(needed)) path.push(enter(needed));
        else if (!knotOf.has(needed)) lower(name, index.get(needed));
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) lower(parent.name, low.get(name));
      if (low.get(name) !== index.get(name)) continue;
      for (const member of open.splice(open.lastIndexOf(name))) knotOf.set(member, index.get(name) ?? 0);
    }
  }
  return knotOf;
}
