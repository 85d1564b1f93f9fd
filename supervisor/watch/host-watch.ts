import type { HostPlace } from '../../actions/action.ts';
import { excluded } from './excluded.ts';
import type { HintBox } from './hints.ts';
import type { Change } from './watch.ts';
import { WatchedTree } from './watch-tree.ts';

/** A place, and what is asked again when something changes in it. */
export interface PlaceOfQuestion {
  readonly place: HostPlace;
  readonly question: string;
  readonly of: Change['of'];
}

interface Watched {
  readonly tree: WatchedTree;
  /** What the kernel said when it did not take all of it. */
  readonly limit: { because?: string };
}

/** Watches places of this host, and puts a hint where something changes in them. */
export class HostWatch {
  readonly #hints: HintBox;
  #watched = new Map<string, Watched>();

  constructor(hints: HintBox) {
    this.#hints = hints;
  }

  /** Watches these and no others. When it resolves, every later change gives a hint. */
  async update(places: readonly PlaceOfQuestion[]): Promise<void> {
    const before = this.#watched;
    const now = new Map<string, Watched>();
    for (const place of places) {
      const key = JSON.stringify(place);
      if (!now.has(key)) now.set(key, before.get(key) ?? this.#begin(place));
    }
    this.#watched = now;
    for (const [key, { tree }] of before) if (!now.has(key)) tree.close();
    await Promise.all([...now.values()].map(async ({ tree }) => await tree.ready));
  }

  /** What is not watched whole, as the kernel does not take more watches; with what it said. */
  limited(places: readonly PlaceOfQuestion[]): readonly (PlaceOfQuestion & { readonly because: string })[] {
    return places.flatMap((place) => {
      const because = this.#watched.get(JSON.stringify(place))?.limit.because;
      return because === undefined ? [] : [{ ...place, because }];
    });
  }

  close(): void {
    for (const { tree } of this.#watched.values()) tree.close();
    this.#watched.clear();
  }

  #begin({ place, question, of }: PlaceOfQuestion): Watched {
    const { directory, names, exclude = [], repository } = place;
    const isExcluded = excluded(exclude);
    const limit: Watched['limit'] = {};
    return {
      limit,
      tree: new WatchedTree({
        path: directory,
        isDeep: names === undefined,
        isLeftOut: (path) => (names === undefined ? isExcluded(path) : !names.includes(path)),
        onChange: (path) => this.#hints.add({ question, change: { of, name: repository ?? path } }),
        onLimit: (because) => {
          limit.because = because;
        },
      }),
    };
  }
}
