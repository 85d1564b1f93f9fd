import type { InstalledPackage } from '../store/trees/installed-packages.ts';
import { compareVersions } from './debian-version.ts';

/** What became of a package between two system trees. */
export interface PackageChange {
  /** `rebuilt`: the version is the same, and the `.deb` is another. */
  readonly type: 'added' | 'removed' | 'upgraded' | 'downgraded' | 'rebuilt';
  readonly name: string;
  readonly architecture: string;
  /** Versions; where it was, and where it is. */
  readonly before?: string;
  readonly after?: string;
  /** Where the later one came from, where that is known. */
  readonly origin?: string;
}

/** Sorted by name, as both lists are. A package may be installed for several architectures, and be one of each. */
export function comparePackages(
  before: readonly InstalledPackage[],
  after: readonly InstalledPackage[],
): PackageChange[] {
  // One that turned from `all` into an architecture, or back, is still the same one, unless there are several of it.
  const several = new Set([...namesTwice(before), ...namesTwice(after)]);
  const placeOf = ({ name, architecture }: InstalledPackage): string =>
    several.has(name) ? `${name} ${architecture}` : name;
  const old = new Map(before.map((one) => [placeOf(one), one]));
  const now = new Map(after.map((one) => [placeOf(one), one]));
  return [...new Set([...old.keys(), ...now.keys()])]
    .toSorted((one, other) => (one < other ? -1 : 1))
    .flatMap((place) => changeOf(old.get(place), now.get(place)));
}

/** Lists are sorted by name. */
function namesTwice(packages: readonly InstalledPackage[]): string[] {
  return packages.flatMap(({ name }, index) => (packages[index + 1]?.name === name ? [name] : []));
}

function changeOf(before: InstalledPackage | undefined, after: InstalledPackage | undefined): PackageChange[] {
  const one = after ?? before;
  if (one === undefined) return [];
  const type = typeOf(before, after);
  if (type === undefined) return [];
  return [
    {
      type,
      name: one.name,
      architecture: one.architecture,
      ...(before === undefined ? {} : { before: before.version }),
      ...(after === undefined ? {} : { after: after.version }),
      ...(after?.origin === undefined ? {} : { origin: after.origin }),
    },
  ];
}

function typeOf(
  before: InstalledPackage | undefined,
  after: InstalledPackage | undefined,
): PackageChange['type'] | undefined {
  if (before === undefined) return 'added';
  if (after === undefined) return 'removed';
  const order = compareVersions(before.version, after.version);
  if (order !== 0) return order < 0 ? 'upgraded' : 'downgraded';
  return before.sha256 !== undefined && after.sha256 !== undefined && before.sha256 !== after.sha256
    ? 'rebuilt'
    : undefined;
}
