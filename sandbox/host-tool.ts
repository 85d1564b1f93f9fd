import { findProgramIfAny } from './programs.ts';

/** What a small question to a program of the host is answered; empty when the host has no such program or it fails. */
export async function hostToolOutput(program: string, argv: readonly string[]): Promise<string> {
  const path = findProgramIfAny(program);
  if (path === undefined) return '';
  const { execa } = await import('execa'); // a third of the start of a command that needs none
  const { stdout, failed } = await execa(path, argv, {
    reject: false,
    cleanup: false, // It listens to the signals of this process for that, which are the program's.
    stdin: 'ignore',
    timeout: LONGEST_MS,
    // Nothing of the caller's, where PERL5OPT, APT_CONFIG and their like would change the answer.
    extendEnv: false,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
  });
  return failed ? '' : stdout;
}

/** Long enough for a host that has much else to do. */
const LONGEST_MS = 60_000;
