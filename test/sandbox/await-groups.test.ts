import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What a keeper does when it hears `said` of its guardian and then nothing more. */
function awaitGroups(said: string): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const script = `pipe my $r, my $w; syswrite $w, "${said}"; close $w; await_groups({ joining => $r }); print "goes on"`;
  const modules = join(import.meta.dirname, '../../sandbox/keeper');
  const { status, stdout, stderr } = spawnSync('perl', ['-I', modules, '-MLimits', '-e', script], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('a keeper whose guardian is killed before it is in its groups tells nothing of the attempt, which is then run again', () => {
  expect(awaitGroups('')).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('a keeper that is in its groups goes on; one that cannot be in them says so', () => {
  expect(awaitGroups('x')).toEqual({ status: 0, stdout: 'goes on', stderr: '' });
  expect(awaitGroups('n')).toMatchObject({ stdout: '', stderr: 'the keeper came into no control group\n' });
});
