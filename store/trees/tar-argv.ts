/**
 * The argv of GNU tar that writes the tree in `directory` to standard output.
 *
 * Equal trees give equal archives but for the times of their files: sorted, owners as numbers,
 * and without the times and process ids that pax would note. Run it inside the namespace that maps the owners.
 */
export function exportTarArgv({ directory }: { directory: string }): string[] {
  return [
    'tar',
    '--create',
    '--file=-',
    `--directory=${directory}`,
    '--format=pax',
    '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
    '--sort=name',
    '--numeric-owner',
    '--no-xattrs',
    '--no-acls',
    '--no-selinux',
    '.',
  ];
}

/**
 * The argv of GNU tar that unpacks standard input into `directory`.
 *
 * Only for an archive that `check-archive` has let through, and inside the
 * namespace that maps the owners: it restores them, and setuid with them.
 */
export function importTarArgv({ directory }: { directory: string }): string[] {
  return [
    'tar',
    '--extract',
    '--file=-',
    `--directory=${directory}`,
    '--numeric-owner',
    '--same-owner',
    '--same-permissions',
    '--delay-directory-restore',
    '--no-xattrs',
    '--no-acls',
    '--no-selinux',
  ];
}
