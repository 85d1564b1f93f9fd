import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { KeeperJob } from './keeper-job.ts';

/** Where a vetted tool finds the program that runs a command without any network; see `cut-off.pl`. */
export const CUT_OFF = '/run/contractor/cut-off';

/** That program, for {@link KeeperJob.files}. */
export function cutOffFile(): KeeperJob['files'][number] {
  const path = fileURLToPath(new URL('../sandbox/cut-off.pl', import.meta.url));
  return { path: CUT_OFF, content: readFileSync(path, 'utf8'), mode: '0755' };
}
