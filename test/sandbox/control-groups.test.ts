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

describe('of version 2, groups are made in the nearest that gives its own', () => {
  const nearest = (...controllers: string[]): string =>
    perl(
      'my ($place, @wanted) = @ARGV; print nearest_giving($place, given_controllers(@wanted)) // "nowhere"',
      ...[join(top, 'system.slice/x.service'), ...controllers],
    );
  const given = (names: string): Record<string, string> => ({ 'cgroup.subtree_control': names, 'cgroup.procs': '' });

  test('[A-259] the controllers of memory and processes: that of a service has its slice, which does not give `cpu`', () => {
    files(top, given('cpu memory pids\n'));
    files(join(top, 'system.slice'), given('memory pids\n'));
    files(join(top, 'system.slice/x.service'), given('\n'));
    expect(nearest('memory', 'pids', 'cpu')).toBe(join(top, 'system.slice'));
  });

  test('all that is wanted of it, or there is none', () => {
    files(top, given('memory\n'));
    files(join(top, 'system.slice/x.service'), given('pids\n'));
    files(join(top, 'system.slice'), given('memory\n'));
    expect(nearest('memory', 'pids', 'cpu')).toBe('nowhere');
    expect(nearest('memory')).toBe(join(top, 'system.slice'));
  });
});

/** `$groups` with the directory `$ARGV[0]`, or for version 1 one for each controller in it. */
const GROUPS = `
  my ($top, $version, @controllers) = @ARGV;
  my %of = map { my $at = $version == 1 ? "$top/$_" : $top; mkdir $at; sysopen my $handle, $at, O_RDONLY or die; ($_ => $handle) } @controllers;
  my %made = map { ($version == 1 ? "$top/$_" : $top) => 1 } @controllers;
  my $groups = { kind => "cgroup-v$version", version => $version, of => \\%of, made => [sort keys %made], set => {} };
`;

describe('the limits of an attempt', () => {
  const limit = (version: 1 | 2, ...controllers: string[]): void => {
    perl(
      `${GROUPS} join_groups($groups, 4711); limit_groups($groups, { memory => 1 << 20, processes => 7 });`,
      top,
      String(version),
      ...controllers,
    );
  };

  test('of version 2 are all in one directory, and one process more is the keeper', () => {
    files(top, { 'memory.swap.max': 'max\n' });
    limit(2, 'memory', 'pids', 'cpu');
    expect(contentsOf(top)).toEqual({
      'cgroup.procs': '4711\n',
      'memory.max': '1048576\n',
      'memory.swap.max': '0\n',
      'pids.max': '8\n',
    });
  });

  test('of version 1 are in a directory for each controller', () => {
    files(join(top, 'memory'), { 'memory.memsw.limit_in_bytes': '9\n', 'memory.max_usage_in_bytes': '12345\n' });
    limit(1, 'memory', 'pids', 'cpuacct');
    expect(contentsOf(join(top, 'memory'))).toEqual({
      'cgroup.procs': '4711\n',
      'memory.limit_in_bytes': '1048576\n',
      'memory.max_usage_in_bytes': '0\n',
      'memory.memsw.limit_in_bytes': '1048576\n',
    });
    expect(contentsOf(join(top, 'pids'))).toEqual({ 'cgroup.procs': '4711\n', 'pids.max': '8\n' });
    expect(contentsOf(join(top, 'cpuacct'))).toEqual({ 'cgroup.procs': '4711\n' });
  });

  test('are none when the kernel shows another than was set', () => {
    const shown = `no warnings; *ControlGroups::number = sub { 99 };`;
    expect(() => perl(`${shown} ${GROUPS} limit_groups($groups, { processes => 7 });`, top, '2', 'pids')).toThrow(
      'shows 99 for a limit of 8',
    );
  });
});

describe('what an attempt has used', () => {
  /** Since `before`, when the files say `after`. */
  const usage = (version: 1 | 2, before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) => {
    const controllers = ['memory', 'pids', 'cpu', 'cpuacct'];
    const all = version === 1 ? controllers.map((name) => join(top, name)) : [top];
    for (const directory of all) files(directory, before);
    const changes = Object.entries(after).map(([name, text]) => `${name}=${text}`);
    const [used, hits] = perl(
      `my @changes = grep { /=/ } @ARGV; @ARGV = grep { !/=/ } @ARGV; ${GROUPS} limit_groups($groups, {});
       for my $at (@{ $groups->{made} }) { for (@changes) { my ($name, $text) = split /=/, $_, 2; write_file("$at/$name", $text) } }
       my ($usage, $hits) = group_usage($groups);
       print join("|", map { "$_ $usage->{$_}" } sort keys %$usage), "\\n", join("|", sort keys %$hits), "\\n"`,
      top,
      String(version),
      ...controllers,
      ...changes,
    ).split('\n');
    return { used, hits };
  };

  test('by version 2: since it began, without the keeper', () => {
    expect(
      usage(
        2,
        {
          'memory.current': '4096\n',
          'memory.events': 'low 0\nhigh 0\nmax 31\noom 1\noom_kill 2\noom_group_kill 0\n',
          'pids.peak': '9\n',
          'pids.current': '1\n',
          'pids.events': 'max 3\n',
          'cpu.stat': 'usage_usec 1500000\nuser_usec 1\nsystem_usec 1\n',
        },
        {
          'memory.current': '8192\n',
          'memory.events': 'max 40\noom 2\noom_kill 3\n',
          'pids.peak': '12\n',
          'cpu.stat': 'usage_usec 1750000\n',
        },
      ),
    ).toEqual({ used: 'cpu-time 250|memory 8192|processes 11', hits: 'memory' });
  });

  test('by version 2 of a kernel that keeps no peaks, where nothing was hit again', () => {
    const files = {
      'memory.current': '100\n',
      'memory.events': 'max 3\noom 1\noom_kill 1\n',
      'pids.current': '4\n',
      'pids.events': 'max 12\n',
      'cpu.stat': 'usage_usec 10\n',
    };
    expect(usage(2, files, {})).toEqual({ used: 'cpu-time 0|memory 100|processes 3', hits: '' });
  });

  test('by version 1', () => {
    expect(
      usage(
        1,
        {
          'memory.max_usage_in_bytes': '777\n',
          'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 0\n',
          'pids.current': '2\n',
          'pids.events': 'max 0\n',
          'cpuacct.usage': '2000000000\n',
        },
        { 'pids.events': 'max 1\n', 'cpuacct.usage': '2500000000\n' },
      ),
    ).toEqual({ used: 'cpu-time 500|memory 777|processes 1', hits: 'processes' });
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
