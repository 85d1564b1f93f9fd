import { inside } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { readContents } from './hash-file.ts';
import { installedPackages } from './installed-packages.ts';
import type { InstalledPackage } from './installed-packages.ts';
import { entryAt } from './tree-entry.ts';

/** What a system tree says of its packages. */
export interface TreePackages {
  readonly packages: readonly InstalledPackage[];
  /** `debian`, `ubuntu`, …: the `ID` of os-release(5). */
  readonly distribution?: string;
}

/** Where `debootstrap` notes in a tree what was fetched from where; see `installed-packages.ts`. */
export const ORIGINS_FILE = 'var/lib/contractor/package-origins';

const STATUS_FILE = 'var/lib/dpkg/status';
const OS_RELEASE_FILE = 'usr/lib/os-release';

/** A large desktop has a status of some 5 MB. */
const MOST_BYTES = 64 * 1024 * 1024;

/** The packages of the tree at `root`; undefined when it has none that dpkg knows of. */
export function treePackages(root: BytePath): TreePackages | undefined {
  const status = plainText(root, STATUS_FILE);
  if (status === undefined) return undefined;
  const packages = installedPackages(status, plainText(root, ORIGINS_FILE));
  if (packages === undefined) return undefined;
  const distribution = /^ID="?([a-z0-9._-]{1,50})"?$/m.exec(plainText(root, OS_RELEASE_FILE) ?? '')?.[1];
  return { packages, ...(distribution === undefined ? {} : { distribution }) };
}

/** The text of a regular file that no link leads to, when it is no longer than such a file may be. */
function plainText(root: BytePath, path: string): string | undefined {
  const names = path.split('/');
  for (let count = 1; count < names.length; count++) {
    const directory = names.slice(0, count).join('/');
    if (entryAt(inside(root, directory), directory)?.type !== 'directory') return undefined;
  }
  const entry = entryAt(inside(root, path), path);
  if (entry?.type !== 'file' || entry.sizeBytes > MOST_BYTES) return undefined;
  const pieces: Buffer[] = [];
  readContents(inside(root, path), (piece) => pieces.push(Buffer.from(piece)));
  return Buffer.concat(pieces).toString('latin1');
}
