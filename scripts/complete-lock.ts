/**
 * Makes package-lock.json good for every registry and every host: `npm run lock`.
 *
 * Some packages (oxlint, knip, vitest) bring a program for each kind of machine,
 * as optional dependencies. npm has two ways to get them wrong:
 *
 * - A mirror may hold only some of them. npm then leaves the others out of the
 *   lock file, and `npm ci` refuses a lock file with gaps. An entry with a
 *   version, and with the machine that its name tells, is enough.
 * - npm silently passes over an optional package whose `engines` do not admit the
 *   Node that npm itself runs on, which may be older than the one the checkout
 *   brings along. Without `engines` it asks for the machine only.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** What is read of one entry of package-lock.json. */
export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly engines?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The entries of a package-lock.json, by path: `node_modules/yaml`. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

/** `packages` with an entry for each optional dependency, none of which asks for a Node. */
export function completePackages(packages: LockedPackages): LockedPackages {
  const all = Object.entries({ ...packages, ...missingEntries(packages) });
  return Object.fromEntries(
    all
      .toSorted(([a], [b]) => a.localeCompare(b, 'en')) // as npm sorts
      .map(([path, entry]) => [path, entry.optional ? withoutEngines(entry) : entry]),
  );
}

function missingEntries(packages: LockedPackages): LockedPackages {
  const missing: Record<string, LockedPackage> = {};
  for (const [path, { optionalDependencies, license, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
      if (packages[`node_modules/${name}`] || packages[`${path}/node_modules/${name}`]) continue;
      missing[`node_modules/${name}`] = {
        version,
        ...machineOf(name),
        ...(dev ? { dev } : {}),
        ...(license ? { license } : {}),
        optional: true,
      };
    }
  }
  return missing;
}

function withoutEngines({ engines: _, ...entry }: LockedPackage): LockedPackage {
  return entry;
}

const systems = /^(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)$/;
const processors = /^(arm|arm64|ia32|loong64|mips64el|ppc64|riscv64|s390x|wasm32|x64)$/;

/** `@oxlint/binding-linux-arm64-musl` runs on arm64 with Linux and musl. */
function machineOf(name: string): LockedPackage {
  const words = name.split(/[-/]/);
  const os = words.find((word) => systems.test(word));
  const cpu = words.find((word) => processors.test(word));
  const libc = /-musl/.test(name) ? 'musl' : /-gnu/.test(name) ? 'glibc' : undefined;
  return {
    ...(os ? { os: [os] } : {}),
    ...(cpu ? { cpu: [cpu] } : {}),
    ...(os === 'linux' && libc ? { libc: [libc] } : {}),
  };
}

if (import.meta.main) {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: LockedPackages };
  const packages = completePackages(lock.packages);
  writeFileSync('package-lock.json', `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
}
