import { createHash } from 'node:crypto';
import { mkdirSync, utimesSync } from 'node:fs';
import type { KeeperJob } from '../../../sandbox/keeper-job.ts';
import { layerNames } from '../../../sandbox/remains.ts';
import type { SimulatedClock } from './clock.ts';
import { SimulatedKeeper } from './keeper.ts';
import type { KeeperHost, Remains, Witness } from './keeper.ts';

/** The file trees of the host: contents are short texts that tell by whom and on what they were made. */
interface Trees {
  /** Sealed ones by id, and `.new-ID` that are being filled. */
  layers: Map<string, string>;
  attempts: Map<string, Remains>;
  /** By `<name>/<digest>`. */
  artifacts: Map<string, string>;
}

/** What outlives the supervisor: trees, keepers and what runs in them. A power cut takes all but what was flushed. */
export class SimulatedHost implements KeeperHost {
  readonly clock: SimulatedClock;
  readonly witness: Witness;
  readonly keepers: Map<string, SimulatedKeeper> = new Map();
  /** The next keeper whose step succeeds is killed after it has recorded that. */
  killsNextUnsealed = false;
  trees: Trees = { layers: new Map(), attempts: new Map(), artifacts: new Map() };
  #flushed: Trees = structuredClone(this.trees);

  constructor(clock: SimulatedClock, witness: Witness) {
    this.clock = clock;
    this.witness = witness;
  }

  startKeeper(directory: string): SimulatedKeeper {
    if (this.isAlive(directory)) this.witness.wrong(`two keepers in ${directory}`);
    mkdirSync(directory, { recursive: true });
    const seconds = this.clock.now() / 1000;
    utimesSync(directory, seconds, seconds);
    const keeper = new SimulatedKeeper(this);
    this.keepers.set(directory, keeper);
    return keeper;
  }

  isAlive(directory: string): boolean {
    return this.keepers.get(directory)?.isAlive === true;
  }

  killKeepers(): void {
    for (const keeper of this.keepers.values()) keeper.kill();
  }

  remainsOf(attempt: string): Remains {
    const remains = this.trees.attempts.get(attempt) ?? {};
    this.trees.attempts.set(attempt, remains);
    return remains;
  }

  /** What a mount of these trees shows, topmost first, as keepers name them. */
  contentOf(lower: readonly string[]): string {
    const { layers, artifacts } = this.trees;
    const contents = lower.map((path) => {
      const artifact = /^(?:\.\.\/)?artifacts\/(.*)\/tree$/.exec(path)?.[1];
      const content = artifact === undefined ? layers.get(path.replace('layers/', '')) : artifacts.get(artifact);
      if (content === undefined || /half|torn/.test(content)) this.witness.wrong(`mounted is ${path}: ${content}`);
      return content ?? 'nothing';
    });
    return digestOf(contents.join('+')).slice(0, 8);
  }

  /** What a keeper does after it has recorded a success. */
  seal({ attempt, layer }: Pick<KeeperJob, 'attempt' | 'layer'>): void {
    const remains = this.trees.attempts.get(attempt);
    if (remains?.upper === undefined) return;
    this.trees.layers.set(layer, remains.upper);
    delete remains.upper;
  }

  discard(attempt: string): void {
    this.trees.attempts.delete(attempt);
    for (const name of layerNames(attempt)) {
      this.trees.layers.delete(name);
      this.trees.layers.delete(`.new-${name}`);
    }
  }

  flush(): void {
    this.#flushed = structuredClone(this.trees);
  }

  /** Of what was not flushed, layers and artifacts are `lost`, `torn` or, by luck, `kept`. */
  losePower(unflushed: 'lost' | 'torn' | 'kept'): void {
    this.killKeepers();
    this.keepers.clear();
    if (unflushed === 'lost') this.trees = structuredClone(this.#flushed);
    if (unflushed === 'torn') {
      tear(this.trees.layers, this.#flushed.layers);
      tear(this.trees.artifacts, this.#flushed.artifacts);
    }
    this.flush();
  }
}

function tear(trees: Map<string, string>, flushed: ReadonlyMap<string, string>): void {
  for (const [name, content] of trees) if (flushed.get(name) !== content) trees.set(name, 'torn');
}

export function digestOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
