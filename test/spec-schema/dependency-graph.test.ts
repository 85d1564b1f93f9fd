import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BuildSpec } from '../../spec-schema/build-spec.ts';
import { dependencyCycles, dependencyOrder, neededBy } from '../../spec-schema/dependency-graph.ts';

type Edges = Readonly<Record<string, readonly string[]>>;

const specOf = (edges: Edges): BuildSpec => ({
  projects: Object.entries(edges).map(([name, dependsOn]) => ({ name, dependsOn, steps: [] })),
});
const order = (edges: Edges): string[] => dependencyOrder(specOf(edges)).map(({ name }) => name);
const needed = (edges: Edges, names: readonly string[]): string[] =>
  neededBy(specOf(edges), names).map(({ name }) => name);
const cycles = (edges: Edges): unknown => dependencyCycles(new Map(Object.entries(edges)));

test('what is needed comes first, the rest as in the document', () => {
  expect(order({ c: [], b: [], a: [] })).toEqual(['c', 'b', 'a']);
  expect(order({ app: ['lib', 'tool'], tool: [], lib: ['base'], base: [] })).toEqual(['base', 'lib', 'tool', 'app']);
});

test('a project brings all that it needs and nothing else', () => {
  const edges = { a: ['b'], b: ['c'], c: [], d: ['a'], e: [] };
  expect(needed(edges, ['a'])).toEqual(['c', 'b', 'a']);
  expect(needed(edges, ['e', 'b'])).toEqual(['e', 'c', 'b']);
  expect(needed(edges, ['nobody'])).toEqual([]);
});

test('projects without a cycle have none', () => {
  expect(cycles({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })).toEqual([]);
});

test('each knot gives its shortest cycle through its first project', () => {
  expect(cycles({ a: ['a'] })).toEqual([['a']]);
  expect(cycles({ x: ['c'], c: ['b'], b: ['a'], a: ['c', 'b'] })).toEqual([['c', 'b', 'a']]);
  expect(cycles({ a: ['b', 'c'], b: ['d'], d: ['a'], c: ['a'], p: ['q', 'a'], q: ['p'] })).toEqual([
    ['a', 'c'],
    ['p', 'q'],
  ]);
});

test('a name that is needed and not there is no obstacle', () => {
  expect(cycles({ a: ['gone'] })).toEqual([]);
  expect(order({ a: ['gone'] })).toEqual(['a']);
});

test('a chain longer than the stack is deep', () => {
  const length = 50_000;
  const chain = Object.fromEntries(Array.from({ length }, (_, i) => [`p${i}`, i + 1 < length ? [`p${i + 1}`] : []]));
  expect(order(chain)[0]).toBe(`p${length - 1}`);
  expect(cycles(chain)).toEqual([]);
  expect(dependencyCycles(new Map([...Object.entries(chain), [`p${length - 1}`, ['p0']]]))[0]).toHaveLength(length);
});

const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const edges = fc.record(
  Object.fromEntries(names.map((name) => [name, fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 })])),
);

/** Whether `name` reaches itself, by the definition. */
function waitsForItself(graph: Edges, name: string): boolean {
  const reached = new Set<string>(graph[name]);
  for (const at of reached) for (const next of graph[at] ?? []) reached.add(next);
  return reached.has(name);
}

test('a cycle is found if and only if a name reaches itself, and each cycle given is one', () => {
  fc.assert(
    fc.property(edges, (graph) => {
      const found = dependencyCycles(new Map(Object.entries(graph)));
      expect(found.length > 0).toBe(names.some((name) => waitsForItself(graph, name)));
      for (const cycle of found) {
        for (const [index, name] of cycle.entries()) {
          expect(graph[name]).toContain(cycle[(index + 1) % cycle.length]);
        }
      }
    }),
  );
});

test('in an order without cycles each project comes once, after what it needs', () => {
  fc.assert(
    fc.property(edges, (graph) => {
      const acyclic = Object.fromEntries(
        names.map((name) => [name, (graph[name] ?? []).filter((other) => other > name)]),
      );
      const ordered = order(acyclic);
      expect(ordered.toSorted()).toEqual(names);
      for (const name of names) {
        for (const other of acyclic[name] ?? []) expect(ordered.indexOf(other)).toBeLessThan(ordered.indexOf(name));
      }
    }),
  );
});
