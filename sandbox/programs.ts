import { accessSync, constants } from 'node:fs';
import { ContractorError } from '../errors.ts';

/** Where programs of the host are looked for: never along the caller's PATH. */
export const PROGRAM_DIRECTORIES = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'] as const;

const PACKAGES: Readonly<Record<string, string>> = {
  bwrap: 'bubblewrap',
  newuidmap: 'uidmap',
  newgidmap: 'uidmap',
  perl: 'perl-base',
};

const found = new Map<string, string>();

/** The path of a program of the host. Throws `HOST_UNSUITABLE` with the package to install. */
export function findProgram(name: string): string {
  const path = findProgramIfAny(name);
  if (path === undefined) {
    throw new ContractorError(
      'HOST_UNSUITABLE',
      `The program \`${name}\` is not on this host.`,
      `Install it: \`sudo apt-get install ${PACKAGES[name] ?? name}\`.`,
    );
  }
  return path;
}

/** As {@link findProgram}, for a program that one can do without. */
export function findProgramIfAny(name: string): string | undefined {
  const known = found.get(name);
  if (known !== undefined) return known;
  const path = PROGRAM_DIRECTORIES.map((directory) => `${directory}/${name}`).find(isExecutable);
  if (path !== undefined) found.set(name, path);
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
