/**
 * Builds in a real store over simulated trees: whatever is named is in `disk`, with what it holds, as long as nobody
 * has removed it. Steps are pure functions of their keys, and a key at hand is reused, of whichever run.
 */
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { ProjectTree, TreeReference } from '../../../machines/project-tree.ts';
import { openStore } from '../../../store/open-store.ts';
import type { Store } from '../../../store/open-store.ts';
import type { AttemptRecord } from '../../../store/records/attempts.ts';
import { collectGarbage } from '../../../supervisor/gc/collect-garbage.ts';
import type { GcPolicy } from '../../../supervisor/gc/gc-policy.ts';
import type { GcReport } from '../../../supervisor/gc/gc-report.ts';
import type { GcWorld } from '../../../supervisor/gc/gc-world.ts';
import type { AttemptResult } from '../../../supervisor/attempt.ts';

/** What one build is of: a number, for a step that changes nothing 0, for each step of `base`, which makes an artifact, and of `app`, which takes it and makes another. */
export interface Edits {
  readonly base: readonly number[];
  readonly app: readonly number[];
}

/** How far a build goes. */
export type End = 'built' | 'failed' | 'cut-off' | 'base-only';

const OF_NO_KEEPER = { keeper: '', bootId: 'boot' } as const;

export class History {
  readonly store: Store;
  /** What trees hold, by their paths from the root of the trees. */
  readonly disk: Map<string, string> = new Map();
  readonly #reader: DatabaseSync;
  #clock = 1_000_000_000_000;
  #ids = 0;
  /** Of the builds since the last time it was asked. */
  ran: string[] = [];

  constructor(directory: string) {
    this.store = openStore(directory);
    this.#reader = new DatabaseSync(this.store.paths.database, { readOnly: true });
  }

  close(): void {
    this.#reader.close();
    this.store.close();
  }

  pass(ms: number): void {
    this.#clock += ms;
  }

  /** Builds, and gives the run and the digests of its artifacts by name. */
  build({ base, app }: Edits, end: End): { readonly run: string; readonly digests: Readonly<Record<string, string>> } {
    const run = this.#id('r');
    const spec = { projects: [projectOf('base', base.length), projectOf('app', app.length)] };
    this.store.createRun({
      id: run,
      createdAt: this.#now(),
      specName: 'spec',
      specText: '',
      specDigest: '',
      spec,
      projects: end === 'base-only' ? ['base'] : ['base', 'app'],
      options: null,
    });
    const digests: Record<string, string> = {};
    const made = this.#project(run, 'base', base, EMPTY);
    if (made !== undefined) digests['base'] = made;
    this.store.putSave(run, 'base', { state: 'built', save: {} });
    if (end === 'base-only') {
      this.store.endRun(run, { endedAt: this.#now(), result: 'built' });
      return { run, digests };
    }
    // The step that fails, or runs when everything is cut off, is the one after those of `app`.
    const container: ProjectTree = { workspace: [], containers: { c: this.#container(run) } };
    if (end === 'built') digests['app'] = this.#project(run, 'app', app, container);
    else this.#brokenOff(run, { steps: app, tree: container, end });
    this.store.putSave(run, 'app', { state: end === 'cut-off' ? 'running' : end, save: {} });
    if (end !== 'cut-off') this.store.endRun(run, { endedAt: this.#now(), result: end });
    return { run, digests };
  }

  async gc(policy: GcPolicy): Promise<GcReport> {
    return await collectGarbage(policy, {}, this.#world());
  }

  /** What is wrong: names of what is not on the disk, and what is on it without a name. */
  faults(): string[] {
    const { layers, attempts, artifacts } = this.store.namedTrees();
    const named = new Set([
      ...layers.map((id) => `layers/${id}`),
      ...attempts.map((id) => `attempts/${id}`),
      ...artifacts.map((tree) => `artifacts/${tree}`),
    ]);
    const foreign = this.#reader.prepare('PRAGMA foreign_key_check').all();
    return [
      ...[...named].filter((path) => !this.disk.has(path)).map((path) => `${path} is named and gone`),
      ...[...this.disk.keys()].filter((path) => !named.has(path)).map((path) => `${path} is there and not named`),
      ...this.store.doomedTrees().map((path) => `${path} is doomed still`),
      ...foreign.map((row) => JSON.stringify(row)),
      ...this.#keyed().flatMap((id) => this.#lostBy(id).map((path) => `${id} can be reused, without ${path}`)),
    ];
  }

  /** Of the attempts of a run, what of their trees and logs is gone. */
  lostBy(run: string): string[] {
    const attempts = this.store.listAttempts(run);
    const logs = attempts.map(({ id, reusedFrom }) => `attempts/${reusedFrom ?? id}`);
    return [...attempts.flatMap(({ id }) => this.#lostBy(id)), ...logs.filter((path) => !this.disk.has(path))];
  }

  #lostBy(attempt: string): string[] {
    const record = this.store.getAttempt(attempt);
    const result = record?.type === 'ended' ? (record.result as AttemptResult | null) : null;
    const began = this.store.keyInputs(attempt) as { readonly tree: ProjectTree };
    return [result?.tree, began.tree].flatMap((tree) => pathsOf(tree ?? EMPTY)).filter((path) => !this.disk.has(path));
  }

  #keyed(): string[] {
    const rows = this.#reader
      .prepare(`SELECT id FROM attempts WHERE step_key IS NOT NULL AND outcome_type = 'succeeded'`)
      .all();
    return rows.map(({ id }) => String(id));
  }

  /** All steps of a project, the last of which publishes. Gives the digest. */
  #project(run: string, project: string, steps: readonly number[], start: ProjectTree): string {
    let tree = start;
    for (const [index, edit] of steps.entries()) tree = this.#step(run, { project, step: `${index}`, edit, tree });
    const digest = hashed(
      pathsOf(tree)
        .map((path) => this.#held(path))
        .join(),
    );
    this.#publish(run, { project, tree, digest });
    return digest;
  }

  #step(run: string, { project, step, edit, tree }: StepOfHistory): ProjectTree {
    const keyInputs = { tree, edit };
    const key = hashed(JSON.stringify([project, keyInputs]));
    const at = { run, project, step, number: 1, machineAttempt: 1, ...OF_NO_KEEPER, startedAt: this.#now() };
    const found = this.#reader
      .prepare(`SELECT id FROM attempts WHERE step_key = ? AND outcome_type = 'succeeded' ORDER BY rowid DESC LIMIT 1`)
      .get(key);
    const id = this.#id('a');
    this.disk.set(`attempts/${id}`, '');
    if (found !== undefined) {
      const from = this.store.getAttempt(String(found['id'])) as AttemptRecord & { type: 'ended' };
      this.store.reuseAttempt({ id, ...at, key, keyInputs }, from);
      return (from.result as AttemptResult).tree;
    }
    this.ran.push(`${project} ${step}`);
    this.store.beginAttempt({ id, ...at, key, keyInputs });
    const makes = edit > 0;
    const next: ProjectTree = makes ? { ...tree, workspace: [...tree.workspace, { type: 'layer', id }] } : tree;
    if (makes) {
      const below = pathsOf(tree).map((path) => this.#held(path));
      this.disk.set(`layers/${id}`, hashed(`${edit} on ${below.join()}`));
    }
    const end = { endedAt: this.#now(), outcome: { type: 'succeeded' }, result: { tree: next } };
    this.store.transaction(() => {
      if (makes) this.store.recordLayer({ id, attempt: id, sealedAt: this.#now(), kind: 'workspace' });
      this.store.endAttempt(id, makes ? { ...end, layer: id } : end);
    });
    return next;
  }

  #publish(
    run: string,
    { project, tree, digest }: { readonly project: string; readonly tree: ProjectTree; readonly digest: string },
  ): void {
    const id = this.#id('a');
    this.disk.set(`attempts/${id}`, '');
    this.disk.set(`artifacts/${project}/${digest}`, digest);
    const startedAt = this.#now();
    const step = 'publish';
    this.store.beginAttempt({
      id,
      run,
      project,
      step,
      number: 1,
      machineAttempt: 1,
      ...OF_NO_KEEPER,
      startedAt,
      key: hashed(JSON.stringify([project, tree])),
      keyInputs: { tree },
    });
    this.store.transaction(() => {
      const { version } = this.store.recordArtifactVersion({
        name: project,
        digest,
        entries: 1,
        files: 1,
        sizeBytes: 10,
        createdAt: startedAt,
        madeBy: { run, project, step },
        bootId: 'boot',
      });
      const result: AttemptResult = { tree, published: { name: project, version } };
      this.store.endAttempt(id, { endedAt: this.#now(), outcome: { type: 'succeeded' }, result });
    });
  }

  /** All steps, and one more that fails or runs on. */
  #brokenOff(
    run: string,
    { steps, tree, end }: { readonly steps: readonly number[]; readonly tree: ProjectTree; readonly end: End },
  ): void {
    let reached = tree;
    for (const [index, edit] of steps.entries()) {
      reached = this.#step(run, { project: 'app', step: `${index}`, edit, tree: reached });
    }
    const id = this.#id('a');
    this.disk.set(`attempts/${id}`, '');
    const at = { run, project: 'app', step: 'publish', number: 1, machineAttempt: 1, ...OF_NO_KEEPER };
    this.store.beginAttempt({ id, ...at, startedAt: this.#now(), keyInputs: { tree: reached } });
    if (end === 'cut-off') return;
    this.store.endAttempt(id, { endedAt: this.#now(), outcome: { type: 'failed' }, result: { tree: reached } });
  }

  #container(run: string): ProjectTree['containers'][string] {
    const found = this.store.findArtifact('base');
    if (found === undefined) throw new Error('there is no base');
    this.store.recordUse(run, found);
    return { artifact: 'base', version: found.version, digest: found.digest, writable: false, layers: [] };
  }

  #held(path: string): string {
    const held = this.disk.get(path);
    if (held === undefined) throw new Error(`${path} is used and gone`);
    return held;
  }

  #world(): GcWorld {
    const runTreeJob = async (job: { readonly type: string; readonly paths?: readonly string[] }): Promise<unknown> => {
      await Promise.resolve();
      if (job.type === 'measure') {
        const paths = job.paths ?? [...this.disk.keys()];
        return { sizes: paths.map(() => 10), totalBytes: 10 * this.disk.size, freeableBytes: 10 * paths.length };
      }
      if (job.type !== 'remove-doomed') return { objects: 0, sizeBytes: 0, freedBytes: 0, abandoned: 0 };
      const removed = (job.paths ?? []).map((path) => path.replace(/^artifacts\/\.removed-(\w+)-/, 'artifacts/$1/'));
      return { freedBytes: 10 * removed.filter((path) => this.disk.delete(path)).length };
    };
    return {
      store: this.store,
      sandbox: {
        runTreeJob: runTreeJob as GcWorld['sandbox']['runTreeJob'],
        isKeeperAlive: () => false,
        removeKeeper: () => undefined,
      },
      idMap: () => ({ how: 'newuidmap', uid: [], gid: [] }),
      now: () => this.#now(),
      hostNow: () => this.#now(),
    };
  }

  #now(): number {
    return this.#clock++;
  }

  #id(letter: string): string {
    return `${letter}${++this.#ids}`;
  }
}

interface StepOfHistory {
  readonly project: string;
  readonly step: string;
  readonly edit: number;
  readonly tree: ProjectTree;
}

const EMPTY: ProjectTree = { workspace: [], containers: {} };

function pathsOf({ workspace, containers }: ProjectTree): string[] {
  const path = (each: TreeReference): string =>
    each.type === 'layer' ? `layers/${each.id}` : `artifacts/${each.name}/${each.digest}`;
  return [
    ...workspace.map(path),
    ...Object.values(containers).map(({ artifact, digest }) => `artifacts/${artifact}/${digest}`),
  ];
}

function projectOf(name: string, steps: number): object {
  const ids = [...Array.from({ length: steps }, (_, index) => `${index}`), 'publish'];
  return { name, dependsOn: [], steps: ids.map((id) => ({ id })) };
}

function hashed(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
