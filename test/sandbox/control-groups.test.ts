import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { leftControlGroups, removeLeftControlGroups } from '../../sandbox/limits/control-groups.ts';
import type { ControlGroups } from '../../sandbox/limits/control-groups.ts';

// Directories with the files of a kernel: what a kernel does with them, the host tests show, as far as the host has it.
let top: string;
beforeEach(() => (top = mkdtempSync(join(tmpdir(), 'contractor-groups-'))));
afterEach(() => rmSync(top, { recursive: true }));

function perl(code: string, ...argv: string[]): string {
  const modules = join(import.meta.dirname, '../../sandbox/keeper');
  const prelude = 'use strict; use warnings; use Fcntl; use ControlGroups; use Kernel;';
  return execFileSync('perl', [`-I${modules}`, '-e', `${prelude} ${code}`, ...argv], { encoding: 'utf8' });
}

function files(directory: string, contents: Readonly<Record<string, string>>): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(directory, name), text);
}

function contentsOf(directory: string): Record<string, string> {
  return Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}

describe('where the groups of a process are', () => {
  const own = (self: string, mountinfo: string): unknown =>
    Object.fromEntries(
      perl('my $own = own_groups(@ARGV); print map { "$_ $own->{$_}\\n" } sort keys %$own', self, mountinfo)
        .trim()
        .split('\n')
        .map((line) => line.split(' ')),
    );

  test('on a host with version 2', () => {
    expect(
      own(
        '0::/user.slice/user-1000.slice/session-2.scope\n',
        '35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n',
      ),
    ).toEqual({ unified: '/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope' });
  });

  test('on a host with both, where two controllers share a hierarchy', () => {
    expect(
      own(
        '5:pids:/\n4:memory:/jobs/7\n3:cpu,cpuacct:/x\n1:name=systemd:/\n0::/\n',
        [
          '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
          '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
          '39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids',
          '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
          '42 31 0:39 / /home rw - ext4 /dev/vda rw',
        ].join('\n'),
      ),
    ).toEqual({
      cpu: '/sys/fs/cgroup/cpu,cpuacct/x',
      cpuacct: '/sys/fs/cgroup/cpu,cpuacct/x',
      memory: '/sys/fs/cgroup/memory/jobs/7',
      pids: '/sys/fs/cgroup/pids',
      unified: '/sys/fs/cgroup/unified',
    });
  });

  test('in a container that shows a part of the hierarchy, and not where it does not show ours', () => {
    const mounts = [
      '35 31 0:32 /docker/ab /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
      '39 31 0:36 /docker/xy /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids',
    ].join('\n');
    expect(own('4:memory:/docker/ab/c\n5:pids:/docker/abc\n', mounts)).toEqual({ memory: '/sys/fs/cgroup/memory/c' });
  });
});

describe('the group of an attempt', () => {
  const make = (kind: string, ...controllers: string[]): void => {
    perl(
      `my ($kind, $top, @controllers) = @ARGV;
       my %of = map { my $at = $kind eq "cgroup-v1" ? "$top/$_" : $top; mkdir $at; sysopen my $handle, $at, O_RDONLY or die; ($_ => $handle) } @controllers;
       my $group = make_attempt_group({ kind => $kind, of => \\%of }, "attempt", { memory => 1 << 20, processes => 7 });
       join_attempt_group($group, 4711);`,
      kind,
      top,
      ...controllers,
    );
  };

  test('of version 2 has all limits in one directory', () => {
    files(join(top, 'attempt'), { 'memory.swap.max': 'max\n', 'memory.oom.group': '0\n' });
    make('cgroup-v2', 'memory', 'pids', 'cpu');
    expect(contentsOf(join(top, 'attempt'))).toEqual({
      'cgroup.procs': '4711\n',
      'memory.max': '1048576\n',
      'memory.oom.group': '1\n',
      'memory.swap.max': '0\n',
      'pids.max': '7\n',
    });
  });

  test('of version 1 has a directory for each controller', () => {
    files(join(top, 'memory/attempt'), { 'memory.memsw.limit_in_bytes': '9\n' });
    make('cgroup-v1', 'memory', 'pids', 'cpuacct');
    expect(contentsOf(join(top, 'memory/attempt'))).toEqual({
      'cgroup.procs': '4711\n',
      'memory.limit_in_bytes': '1048576\n',
      'memory.memsw.limit_in_bytes': '1048576\n',
    });
    expect(contentsOf(join(top, 'pids/attempt'))).toEqual({ 'cgroup.procs': '4711\n', 'pids.max': '7\n' });
    expect(contentsOf(join(top, 'cpuacct/attempt'))).toEqual({ 'cgroup.procs': '4711\n' });
  });

  test('is not used when the kernel shows another limit than was set', () => {
    expect(() =>
      perl(
        `no warnings; *ControlGroups::number = sub { 99 };
         sysopen my $handle, $ARGV[0], O_RDONLY or die;
         make_attempt_group({ kind => "cgroup-v2", of => { pids => $handle } }, "attempt", { processes => 7 });`,
        top,
      ),
    ).toThrow('shows 99 for a limit of 7');
  });
});

describe('what an attempt has used', () => {
  const usage = (version: 1 | 2): unknown => {
    const [used, hits] = perl(
      `my $group = { version => $ARGV[1], path => { map { $_ => $ARGV[0] } qw(memory pids cpu cpuacct) } };
       my ($usage, $hits) = group_usage($group);
       print join("|", map { "$_ $usage->{$_}" } sort keys %$usage), "\\n", join("|", sort keys %$hits), "\\n"`,
      top,
      String(version),
    ).split('\n');
    return { used, hits };
  };

  test('by version 2', () => {
    files(top, {
      'memory.peak': '4096\n',
      'memory.events': 'low 0\nhigh 0\nmax 31\noom 1\noom_kill 2\noom_group_kill 1\n',
      'pids.peak': '9\n',
      'pids.events': 'max 0\n',
      'cpu.stat': 'usage_usec 1500000\nuser_usec 1\nsystem_usec 1\n',
    });
    expect(usage(2)).toEqual({ used: 'cpu-time 1500|memory 4096|processes 9', hits: 'memory' });
  });

  test('by version 2 of a kernel that keeps no peaks', () => {
    files(top, {
      'memory.current': '100\n',
      'memory.events': 'max 3\noom 0\noom_kill 0\n',
      'pids.current': '3\n',
      'pids.events': 'max 12\n',
      'cpu.stat': 'usage_usec 10\n',
    });
    expect(usage(2)).toEqual({ used: 'cpu-time 0.01|memory 100|processes 3', hits: 'processes' });
  });

  test('by version 1', () => {
    files(top, {
      'memory.max_usage_in_bytes': '777\n',
      'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 0\n',
      'pids.current': '2\n',
      'pids.events': 'max 1\n',
      'cpuacct.usage': '2000000000\n',
    });
    expect(usage(1)).toEqual({ used: 'cpu-time 2000|memory 777|processes 2', hits: 'processes' });
  });
});

test('groups of keepers that are gone are found by their names, and removed with what is in them', () => {
  const groups: ControlGroups = { kind: 'cgroup-v2', controllers: [], places: [top, join(top, 'nowhere')] };
  const startTime =
    readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19] ?? '';
  const living = `contractor-a-${process.pid}-${startTime}`;
  const gone = [`contractor-b-${process.pid}-1`, 'contractor-c-999999999-5'];
  for (const name of [living, ...gone, 'other-999999999-5']) mkdirSync(join(top, name, 'attempt'), { recursive: true });
  expect(leftControlGroups(groups).toSorted()).toEqual(gone.map((name) => join(top, name)));
  removeLeftControlGroups(groups);
  expect(readdirSync(top).toSorted()).toEqual([living, 'other-999999999-5']);
});
