import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GATE_PROGRAM_FD, GATE_SOCKET_FD, gateProgram } from '../../../sandbox/gate/gate.ts';
import { architectureOf } from '../../../sandbox/seccomp/architecture.ts';
import { whatHostLacks } from '../../supervisor/test-store.ts';

describe.skipIf((await whatHostLacks()) !== '')('run on this machine, the gate', () => {
  let directory: string;
  let program: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'contractor-gate-'));
    program = join(directory, 'gate');
    writeFileSync(program, gateProgram(architectureOf(process.arch).name));
    chmodSync(program, 0o555);
    writeFileSync(join(directory, 'garbage'), '\0garbage', { mode: 0o755 });
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Stands for the keeper: waits for the gate, answers it with `answer`. */
  function pass(
    answer: string,
    command: readonly string[],
    namespaces = 0,
  ): { status: number | null; stdout: string; stderr: string } {
    const limited = `echo ${namespaces} > /proc/sys/user/max_user_namespaces; exec perl "$@"`;
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['--user', '--map-root-user', '/bin/sh', '-euc', limited, 'sh', '-e', KEEPER, program, answer, ...command],
      { encoding: 'utf8' },
    );
    return { status, stdout, stderr };
  }

  test('gives way to the command, with its arguments and environment, and leaves no descriptor open', () => {
    const { status, stdout } = pass('g', [
      '/bin/sh',
      '-c',
      'echo "$0 $1 $A"; ls /proc/self/fd; exit 7',
      'zero',
      'o n e',
    ]);
    expect(stdout).toBe('h\nzero o n e a value\n0\n1\n2\n3\n'); // 3 is ls, reading the directory
    expect(status).toBe(7);
  });

  test.each(['', 'x'])('runs nothing when it is answered with %j', (answer) => {
    expect(pass(answer, ['/bin/echo', 'ran'])).toEqual({ status: 125, stdout: 'h\n', stderr: '' });
  });

  test('says so when the command could make user namespaces', () => {
    expect(pass('', ['/bin/echo', 'ran'], 10)).toEqual({ status: 125, stdout: 'n\n', stderr: '' });
  });

  test.each([
    ['/no/such/program', 127, 'No such file or directory'],
    ['/etc/passwd', 126, 'Permission denied'],
    ['/etc/passwd/x', 126, 'it cannot be executed'],
    ['GARBAGE', 126, 'Exec format error'],
  ])('says why %s cannot be run', (command, status, why) => {
    const path = command === 'GARBAGE' ? join(directory, 'garbage') : command;
    expect(pass('g', [path])).toMatchObject({ status, stderr: `contractor: cannot run ${path}: ${why}\n` });
  });
});

const KEEPER = `
use strict; use Socket; use POSIX (); $| = 1;
my ($program, $answer, @command) = @ARGV;
socketpair my $ours, my $its, AF_UNIX, SOCK_STREAM, 0;
my $pid = fork;
if (!$pid) {
    open my $file, '<', $program;
    POSIX::dup2(fileno $its, ${GATE_SOCKET_FD});
    POSIX::dup2(fileno $file, ${GATE_PROGRAM_FD});
    POSIX::close($_) for 3 .. ${GATE_PROGRAM_FD - 1}, 100 .. 255;
    %ENV = (A => 'a value', PATH => '/usr/bin:/bin');
    exec { $program } $program, @command;
}
close $its;
sysread $ours, my $here, 1;
print "$here\\n";
syswrite $ours, $answer;
close $ours;
waitpid $pid, 0;
exit $? >> 8;
`;
