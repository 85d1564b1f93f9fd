/** A package of Debian's kind that a tree has installed, by what the tree says of itself. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The source package, where that is called otherwise. */
  readonly source?: string;
  /** The address of the repository that it came from, or `artifact:NAME`; absent where nobody noted it. */
  readonly origin?: string;
  /** Of the `.deb`, in hex; absent where nobody noted it. */
  readonly sha256?: string;
}

/** More are no system: the list is then taken for something else, and none is told. */
const MOST_PACKAGES = 50_000;

// As dpkg takes them, but never longer than a name is: a tree may hold whatever a step wrote there.
const NAME = /^[a-z0-9][a-z0-9+.-]{0,199}$/;
const VERSION = /^[0-9][A-Za-z0-9.+:~-]{0,199}$/;
const ARCHITECTURE = /^[a-z0-9][a-z0-9-]{0,49}$/;
const ORIGIN = /^[\x21-\x7e]{1,500}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * The packages that dpkg's `status` tells to be installed, sorted; undefined when it tells of more than any system has.
 *
 * Both texts come out of a tree that nobody vouches for. A stanza without a name, version and architecture that dpkg
 * would take is passed over, so that what is kept can be shown anywhere as it is.
 */
export function installedPackages(status: string, origins = ''): InstalledPackage[] | undefined {
  const noted = notedOrigins(origins);
  const found = new Map<string, InstalledPackage>();
  for (const fields of stanzas(status)) {
    const { package: name = '', version = '', architecture = '', status: state = '' } = fields;
    if (!state.endsWith(' installed')) continue;
    if (!NAME.test(name) || !VERSION.test(version) || !ARCHITECTURE.test(architecture)) continue;
    const source = /^\S+/.exec(fields['source'] ?? '')?.[0] ?? name;
    const key = keyOf({ name, version, architecture });
    found.set(key, {
      name,
      version,
      architecture,
      ...(source === name || !NAME.test(source) ? {} : { source }),
      ...noted.get(key),
    });
    if (found.size > MOST_PACKAGES) return undefined;
  }
  return [...found.values()].toSorted(
    (one, other) => compare(one.name, other.name) || compare(keyOf(one), keyOf(other)),
  );
}

/**
 * A line for each package, as `debootstrap` leaves them in the tree: what was fetched, from where.
 *
 *     libc6 2.41-1 amd64 a948904f… http://deb.debian.org/debian
 */
function notedOrigins(text: string): Map<string, Pick<InstalledPackage, 'origin' | 'sha256'>> {
  const noted = new Map<string, Pick<InstalledPackage, 'origin' | 'sha256'>>();
  for (const line of text.split('\n')) {
    const [name = '', version = '', architecture = '', sha256 = '', origin = ''] = line.split(' ');
    if (!SHA256.test(sha256) || !ORIGIN.test(origin)) continue;
    noted.set(keyOf({ name, version, architecture }), { origin, sha256 });
    if (noted.size > MOST_PACKAGES) break;
  }
  return noted;
}

const WANTED = new Set(['package', 'version', 'architecture', 'status', 'source']);

/** Of each stanza the fields that are wanted, by their names in lower case. */
function* stanzas(text: string): Generator<Readonly<Record<string, string>>> {
  let fields: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (/^\s*$/.test(line)) {
      yield fields;
      fields = {};
      continue;
    }
    const end = line.indexOf(':');
    const name = line.slice(0, Math.max(0, end)).toLowerCase();
    if (WANTED.has(name)) fields[name] = line.slice(end + 1).trim();
  }
  yield fields;
}

function keyOf({ name, version, architecture }: Pick<InstalledPackage, 'name' | 'version' | 'architecture'>): string {
  return `${name} ${version} ${architecture}`;
}

/** By bytes: all are ASCII. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
