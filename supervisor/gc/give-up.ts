import { findGarbage } from './find-garbage.ts';
import type { GiveUp } from './find-garbage.ts';
import type { GarbageView } from './garbage-view.ts';

/**
 * The least that has to be given up, beside what is, to make so much go; all that could when that is too little. Pure.
 *
 * What trees share is counted for each, so less may be freed than this says. Then it is asked again.
 */
export function giveUpFor(excessBytes: number, view: GarbageView, givenUp: GiveUp): GiveUp {
  const { couldGo } = findGarbage(view, givenUp);
  const first = (count: number): GiveUp => new Set([...givenUp, ...couldGo.slice(0, count)]);
  let [least, most] = [0, couldGo.length];
  while (least < most) {
    const middle = Math.floor((least + most) / 2);
    if (findGarbage(view, first(middle)).sizeBytes >= excessBytes) most = middle;
    else least = middle + 1;
  }
  return first(least);
}
