import type { ArtifactFacts, AttemptFacts, Garbage, RunFacts } from '../../store/records/garbage.ts';
import type { GarbageView } from './garbage-view.ts';
import { namesOfAttempt, treeName, versionName } from './names-of-attempt.ts';
import type { NamesOfAttempt } from './names-of-attempt.ts';
import { neededRuns } from './needed-runs.ts';
import { newestResults } from './newest-results.ts';

/** What goes; and what could go too, in the order in which it is given up when the store is still too large. */
export interface FoundGarbage {
  readonly garbage: Garbage;
  readonly artifacts: readonly ArtifactFacts[];
  /** Names; see {@link GiveUp}. */
  readonly couldGo: readonly string[];
  /** About how much of the disk that takes: what several trees share counts for each. */
  readonly sizeBytes: number;
}

/** What is not kept any more, though it could be: names that {@link FoundGarbage} has given. */
export type GiveUp = ReadonlySet<string>;

/**
 * What nothing needs and the policy does not keep. Pure.
 *
 *     runs that stay ──► all their attempts ──┐
 *     newest results ──► their attempts ──────┼──► the layers and artifacts that they rest on
 *     artifacts that stay                     └──► the attempts that made these layers, or whose result was reused
 */
export function findGarbage(view: GarbageView, givenUp: GiveUp): FoundGarbage {
  const { facts } = view;
  const runs = neededRuns(view);
  const stays = ({ id }: Pick<RunFacts, 'id'>): boolean =>
    runs.has(id) && !(runs.get(id) !== 'never-goes' && givenUp.has(`run ${id}`));
  const names = namesReader();
  const needed = {
    rows: new Set<string>(),
    layers: new Set<string>(),
    trees: new Set<string>(),
    versions: new Set<string>(),
  };
  const needAll = (attempt: AttemptFacts): void => {
    const { layers, trees, published } = names(attempt);
    needed.rows.add(attempt.id);
    if (attempt.reusedFrom !== null) needed.rows.add(attempt.reusedFrom);
    for (const layer of layers) needed.layers.add(layer);
    for (const tree of trees) needed.trees.add(tree);
    if (published !== undefined) needed.versions.add(published);
  };

  const staying = new Set(facts.runs.filter(stays).map(({ id }) => id));
  for (const attempt of facts.attempts) if (staying.has(attempt.run)) needAll(attempt);
  for (const use of facts.uses) if (staying.has(use.run)) needed.versions.add(versionName(use));

  const versions = keptVersions(view, needed, givenUp);
  const isThere = { version: new Set(versions.kept.map(versionName)), tree: new Set(versions.kept.map(treeName)) };
  const results = newestResults(view);
  for (const { name, attempts } of results) {
    if (givenUp.has(name)) continue;
    for (const attempt of attempts) {
      const { trees, published } = names(attempt);
      // What rests on an artifact that goes is not reused again.
      if (!trees.every((tree) => isThere.tree.has(tree))) continue;
      if (published !== undefined && !isThere.version.has(published)) continue;
      needAll(attempt);
    }
  }
  for (const { id, attempt } of facts.layers) if (needed.layers.has(id)) needed.rows.add(attempt);

  const attempts = facts.attempts.filter(({ id }) => !needed.rows.has(id));
  const layers = facts.layers.filter(({ id }) => !needed.layers.has(id));
  const artifacts = versions.gone;
  const goneTrees = [...new Set(artifacts.map(treeName))].filter((tree) => !isThere.tree.has(tree));
  return {
    garbage: {
      runs: facts.runs.filter(({ id, isForgotten }) => !isForgotten && !staying.has(id)).map(({ id }) => id),
      attempts: attempts.map(({ id }) => id),
      unkeyed: unkeyed(view, { needed, staying, names, isThere }),
      layers: layers.map(({ id }) => id),
      artifacts: artifacts.map(({ name, version }) => ({ name, version })),
      doomed: [
        ...layers.map(({ id }) => `layers/${id}`),
        ...attempts.map(({ id }) => `attempts/${id}`),
        ...goneTrees.map((tree) => `artifacts/${tree}`),
      ],
    },
    artifacts,
    couldGo: couldGo(view, { runs, staying, versions, results: results.map(({ name }) => name), givenUp }),
    sizeBytes:
      sum(layers.map(({ sizeBytes }) => sizeBytes)) +
      sum(attempts.map(({ sizeBytes }) => sizeBytes)) +
      sum(goneTrees.map((tree) => artifacts.find((each) => treeName(each) === tree)?.sizeBytes ?? 0)),
  };
}

/** Parsed when it is asked for, and once: most attempts go unread. */
function namesReader(): (attempt: AttemptFacts) => NamesOfAttempt {
  const read = new Map<string, NamesOfAttempt>();
  return (attempt) => {
    let names = read.get(attempt.id);
    if (names === undefined) read.set(attempt.id, (names = namesOfAttempt(attempt)));
    return names;
  };
}

interface Versions {
  readonly kept: readonly ArtifactFacts[];
  readonly gone: readonly ArtifactFacts[];
  /** Those that only their age keeps, oldest first; then those that only their number does. */
  readonly couldGo: readonly [readonly ArtifactFacts[], readonly ArtifactFacts[]];
}

function keptVersions(
  { facts, policy, now }: GarbageView,
  needed: { readonly trees: ReadonlySet<string>; readonly versions: ReadonlySet<string> },
  givenUp: GiveUp,
): Versions {
  const kept: ArtifactFacts[] = [];
  const gone: ArtifactFacts[] = [];
  const couldGo: [ArtifactFacts[], ArtifactFacts[]] = [[], []];
  const treesKept = new Set<string>();
  for (const versions of Map.groupBy(facts.artifacts, ({ name }) => name).values()) {
    for (const [age, artifact] of versions.entries()) {
      const name = versionName(artifact);
      const tree = treeName(artifact);
      // A tree that is needed needs one version of it, the newest.
      const isNeeded =
        age === 0 || artifact.isKept || needed.versions.has(name) || (needed.trees.has(tree) && !treesKept.has(tree));
      const isCounted = age < policy.keepVersions;
      const isYoung = now - artifact.createdAt < policy.keepForMs;
      const isKept = isNeeded || ((isCounted || isYoung) && !givenUp.has(name));
      if (!isNeeded && isKept) couldGo[isCounted ? 1 : 0].push(artifact);
      if (isKept) treesKept.add(tree);
      (isKept ? kept : gone).push(artifact);
    }
  }
  const byAge = (a: ArtifactFacts, b: ArtifactFacts): number => a.createdAt - b.createdAt;
  return { kept, gone, couldGo: [couldGo[0].toSorted(byAge), couldGo[1].toSorted(byAge)] };
}

/** Attempts that stay for their log alone: nothing can be reused that has lost what it rests on. */
function unkeyed(
  { facts }: GarbageView,
  {
    needed,
    staying,
    names,
    isThere,
  }: {
    readonly needed: { readonly rows: ReadonlySet<string>; readonly layers: ReadonlySet<string> };
    readonly staying: ReadonlySet<string>;
    readonly names: (attempt: AttemptFacts) => NamesOfAttempt;
    readonly isThere: { readonly tree: ReadonlySet<string> };
  },
): string[] {
  return facts.attempts
    .filter((attempt) => needed.rows.has(attempt.id) && !staying.has(attempt.run))
    .filter((attempt) => {
      const { layers, trees } = names(attempt);
      return !layers.every((layer) => needed.layers.has(layer)) || !trees.every((tree) => isThere.tree.has(tree));
    })
    .map(({ id }) => id);
}

/** What is given up for room, in this order: what is only young; more versions than one; the newest results; the newest runs. */
function couldGo(
  { facts }: GarbageView,
  found: {
    readonly runs: ReturnType<typeof neededRuns>;
    readonly staying: ReadonlySet<string>;
    readonly versions: Versions;
    readonly results: readonly string[];
    readonly givenUp: GiveUp;
  },
): string[] {
  const runsOf = (need: string): readonly RunFacts[] =>
    facts.runs.filter(({ id }) => found.staying.has(id) && found.runs.get(id) === need);
  const [young, counted] = found.versions.couldGo;
  const oldestFirst = [
    ...runsOf('young').map(({ id, toldCreatedAt: createdAt }) => ({ name: `run ${id}`, createdAt })),
    ...young.map((artifact) => ({ name: versionName(artifact), createdAt: artifact.createdAt })),
  ].toSorted((a, b) => a.createdAt - b.createdAt);
  return [
    ...oldestFirst.map(({ name }) => name),
    ...counted.map(versionName),
    ...found.results.filter((name) => !found.givenUp.has(name)),
    ...runsOf('newest').map(({ id }) => `run ${id}`),
  ];
}

function sum(sizes: readonly (number | null)[]): number {
  return sizes.reduce<number>((total, size) => total + (size ?? 0), 0);
}
