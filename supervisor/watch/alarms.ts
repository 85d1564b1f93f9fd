import type { BuildPlace } from '../begin-build.ts';
import { artifactsOf } from './asked-of-spec.ts';
import type { HintBox } from './hints.ts';
import { LIMITED_EVERY_MS } from './looker.ts';
import type { LookedSpec } from './looker.ts';
import { PollTimes } from './poll-times.ts';

/** How often it is looked for artifacts of other processes: a question that takes some microseconds. */
const ARTIFACTS_EVERY_MS = 1000;

/** Hints by the clock: for what nobody tells of. */
export function alarmsFor(
  hints: HintBox,
  { pollMs }: { readonly pollMs: number },
  { store, actions }: BuildPlace,
): Disposable & { set(look: LookedSpec): void } {
  const polls = new PollTimes(pollMs);
  let poll: NodeJS.Timeout | undefined;
  let limited: NodeJS.Timeout | undefined;
  let looked: LookedSpec | undefined;
  let mark = store.changeMark();
  const lookForArtifacts = (): void => {
    if (looked === undefined) return;
    try {
      const now = store.changeMark();
      if (now === mark) return;
      mark = now;
      for (const [name, digest] of artifactsOf(looked.chosen, { store, actions })) {
        if (looked.artifacts.get(name) !== digest) hints.add({ change: { of: 'artifact', name } });
      }
    } catch {
      hints.add({}); // Who looks will see what is wrong with the store.
    }
  };
  const looking = setInterval(lookForArtifacts, ARTIFACTS_EVERY_MS);
  return {
    set(look) {
      looked = look;
      if (poll === undefined || look.others !== 'not-asked') {
        clearTimeout(poll);
        const delayMs = polls.after(look.others === 'failed' ? 'failed' : 'answered');
        poll = setTimeout(() => {
          poll = undefined;
          hints.add({ all: 'everything' });
        }, delayMs);
      }
      clearTimeout(limited);
      if (look.limited.size > 0) {
        limited = setTimeout(() => {
          for (const question of look.limited) hints.add({ question });
        }, LIMITED_EVERY_MS);
      }
    },
    [Symbol.dispose]() {
      clearInterval(looking);
      clearTimeout(poll);
      clearTimeout(limited);
    },
  };
}
