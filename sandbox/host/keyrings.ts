import { statSync } from 'node:fs';
import type { HostFinding } from './host-finding.ts';

/** The distributions whose archives can be verified, by the file that their package of keys brings. */
const KEYRINGS = [
  { distribution: 'Debian', package: 'debian-archive-keyring', path: '/usr/share/keyrings/debian-archive-keyring.gpg' },
  { distribution: 'Ubuntu', package: 'ubuntu-keyring', path: '/usr/share/keyrings/ubuntu-archive-keyring.gpg' },
] as const;

/** Whose suites `debootstrap` can verify here. */
export function keyrings(): HostFinding {
  return keyringFinding(KEYRINGS.map(({ path }) => path).filter(hasContent));
}

/** That, in words: `present` are the paths of the keyrings that are there. */
export function keyringFinding(present: readonly string[]): HostFinding {
  const name = 'keyrings';
  const [verified, not] = [true, false].map((wanted) =>
    KEYRINGS.filter(({ path }) => present.includes(path) === wanted),
  );
  const list = (each: typeof verified): string => (each ?? []).map(({ distribution }) => distribution).join(' and ');
  if (verified !== undefined && verified.length > 0) {
    const more =
      not?.map((each) => `; for ${each.distribution}: \`sudo apt-get install ${each.package}\``).join('') ?? '';
    return { name, state: 'ok', found: `suites of ${list(verified)} can be verified${more}` };
  }
  return {
    name,
    state: 'optional',
    found: 'This host has no keys of an archive',
    consequence: 'Steps with the action `debootstrap` fail: nothing is installed whose signature cannot be verified.',
    mend: `Install those of what you build: \`sudo apt-get install ${KEYRINGS[0].package}\` or \`sudo apt-get install ${KEYRINGS[1].package}\`.`,
  };
}

function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
