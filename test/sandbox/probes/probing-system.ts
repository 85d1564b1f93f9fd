import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeTinySystem } from '../../supervisor/test-store.ts';

/** The tiny system with Perl, which has a function for any system call, and a setuid program. `tiny`: one that is made already. */
export function makeProbingSystem(directory: string, tiny?: string): void {
  if (tiny === undefined) makeTinySystem(directory);
  else cpSync(tiny, directory, { recursive: true });
  const perl = realpathSync('/usr/bin/perl');
  const libraries = execFileSync('ldd', [perl], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g);
  for (const path of [perl, ...[...libraries].map(([, library = '']) => library)]) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    copyFileSync(realpathSync(path), join(directory, path));
  }
  copyFileSync(perl, join(directory, 'bin/perl'));
  for (const path of execFileSync(perl, ['-e', 'print join "\\n", grep { m{/perl-base$} } @INC'], {
    encoding: 'utf8',
  }).split('\n')) {
    // Without the tables of Unicode: six hundred files that no probe needs.
    cpSync(path, join(directory, path), { recursive: true, filter: (from) => !from.endsWith('/unicore') });
  }
  copyFileSync(join(directory, 'bin/id'), join(directory, 'bin/setuid-id'));
  chmodSync(join(directory, 'bin/setuid-id'), 0o4755);
}
