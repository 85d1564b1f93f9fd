import type { Package, PackageChanges } from './cause.ts';

/**
 * Pure: how two lists of packages differ, as they are recorded with system trees; undefined when one is not known.
 * What is recorded is read leniently: a list of objects that have at least a `name` and a `version`.
 */
export function packageChanges(before: unknown, now: unknown): PackageChanges | undefined {
  const [was, is] = [packagesIn(before), packagesIn(now)];
  if (was === undefined || is === undefined) return undefined;
  return {
    added: [...is.values()].filter(({ key }) => !was.has(key)).map(shown),
    removed: [...was.values()].filter(({ key }) => !is.has(key)).map(shown),
    changed: [...is.values()].flatMap((each) => {
      const earlier = was.get(each.key);
      if (earlier === undefined || earlier.version === each.version) return [];
      return [{ ...shown(each), before: earlier.version }];
    }),
  };
}

interface Found extends Package {
  /** A tree may hold one package for several architectures. */
  readonly key: string;
}

function shown({ name, version }: Found): Package {
  return { name, version };
}

function packagesIn(recorded: unknown): ReadonlyMap<string, Found> | undefined {
  if (!Array.isArray(recorded)) return undefined;
  const found = (recorded as unknown[]).flatMap((each): Found[] => {
    if (typeof each !== 'object' || each === null) return [];
    const { name, version, architecture } = each as Readonly<Record<string, unknown>>;
    if (typeof name !== 'string' || typeof version !== 'string') return [];
    return [{ key: typeof architecture === 'string' ? `${name}:${architecture}` : name, name, version }];
  });
  return new Map(found.map((each) => [each.key, each]));
}
