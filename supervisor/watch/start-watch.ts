import type { SpecSource } from '../spec-source.ts';
import type { WatchOptions } from '../supervisor.ts';
import { HintBox } from './hints.ts';
import type { Watch } from './watch.ts';
import type { WatchPlace } from './watch-events.ts';

/** A watch that begins when its events are asked for; before that nothing is opened or loaded. */
export function startWatch(
  source: SpecSource,
  options: WatchOptions,
  { place, signal }: { readonly place: () => Promise<WatchPlace>; readonly signal: AbortSignal },
): Watch {
  const hints = new HintBox();
  const closing = new AbortController();
  let hasBegun = false;
  return {
    async *[Symbol.asyncIterator]() {
      if (hasBegun) throw new Error('the events of a watch are had once');
      hasBegun = true;
      const { watchEvents } = await import('./watch-events.ts');
      yield* watchEvents(source, options, {
        place: await place(),
        hints,
        signal: AbortSignal.any([closing.signal, signal]),
      });
    },
    again: () => hints.add({ all: 'everything', change: { of: 'request', name: 'asked for' } }),
    close: (by = 'program') => closing.abort(by),
  };
}
