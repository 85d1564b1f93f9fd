import type { Store } from '../store/open-store.ts';

const NAME = 'releaseDates';

/** When the newest list was made that was taken from a repository into a tree of this store, in seconds since 1970. */
export function releaseBefore(store: Pick<Store, 'getMeta'>, key: string): number | undefined {
  const dates = (store.getMeta(NAME) ?? {}) as Readonly<Record<string, number>>;
  return Object.hasOwn(dates, key) ? dates[key] : undefined;
}

/**
 * Remembers what is newer. To be called in a transaction. A date that is still to come is told by no list that apt takes: a script of
 * a package has written there, so that all lists to come would be too old.
 */
export function rememberReleases(
  store: Pick<Store, 'getMeta' | 'setMeta'>,
  {
    releases,
    now,
  }: { readonly releases: readonly { readonly key: string; readonly date: number }[]; readonly now: number },
): void {
  const newer = releases.filter(({ key, date }) => date * 1000 <= now && date > (releaseBefore(store, key) ?? -1));
  if (newer.length === 0) return;
  const dates = (store.getMeta(NAME) ?? {}) as Readonly<Record<string, number>>;
  store.setMeta(NAME, { ...dates, ...Object.fromEntries(newer.map(({ key, date }) => [key, date])) });
}
