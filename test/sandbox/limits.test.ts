import { expect, test } from 'vitest';
import { attemptLimits, memoryMountOptions, rlimitsOf } from '../../sandbox/limits/attempt-limits.ts';
import { groupsArgument, NO_CONTROL_GROUPS } from '../../sandbox/limits/control-groups.ts';
import type { ControlGroups } from '../../sandbox/limits/control-groups.ts';
import { limitFindings, unenforcedLimits } from '../../sandbox/limits/limit-findings.ts';

const GIB = 2 ** 30;
const host = { memoryBytes: 16 * GIB, diskBytes: 100 * GIB, diskFiles: 6_000_000 };
const v1: ControlGroups = { kind: 'cgroup-v1', controllers: ['memory', 'pids', 'cpuacct', 'cpu'], places: [] };
const v2: ControlGroups = { kind: 'cgroup-v2', controllers: ['memory', 'pids', 'cpu'], places: [] };

test('an attempt without limits of its own has those that are sane on such a host', () => {
  expect(attemptLimits({}, v2, host)).toEqual({
    values: {
      memory: 12 * GIB,
      processes: 4096,
      'open-files': 4096,
      tmp: 8 * GIB,
      'tmp-files': 524_288,
      output: GIB,
      'disk-reserve': GIB,
      'files-reserve': 100_000,
    },
    grouped: ['memory', 'processes', 'cpu-time'],
  });
});

test('on a small disk the reserve is small, on one that does not count files there is none of them', () => {
  const small = { ...host, diskBytes: GIB, diskFiles: 0 };
  const { values } = attemptLimits({}, v2, small);
  expect(values).toMatchObject({ 'disk-reserve': Math.floor(GIB / 20) });
  expect(values).not.toHaveProperty('files-reserve');
});

test('without a control group for memory some of it is left to the host', () => {
  expect(attemptLimits({}, NO_CONTROL_GROUPS, host)).toMatchObject({
    values: { 'memory-reserve': GIB / 2 },
    grouped: [],
  });
});

test('each process has the limits of a process, and what tells nobody comes after what does', () => {
  const given = { processes: 100, openFiles: 64, cpuTimeMs: 1500, diskBytes: 5000 };
  expect(rlimitsOf(attemptLimits(given, NO_CONTROL_GROUPS, host))).toEqual(['4:1', '6:328', '7:64', '0:4', '1:5000']);
  expect(rlimitsOf(attemptLimits(given, v1, host))).toEqual(['4:1', '7:64', '0:4', '1:5000']);
});

test('what is memory has a size of whole pages, and a number of files', () => {
  expect(memoryMountOptions(attemptLimits({ tmpBytes: 5000 }, v1, host))).toBe('mode=755,size=8192,nr_inodes=1024');
  expect(memoryMountOptions(attemptLimits({ tmpBytes: 512 * GIB }, v1, host))).toMatch(/nr_inodes=1000000$/);
});

test('what is told of each limit follows from the control groups', () => {
  const mechanisms = (groups: ControlGroups): object =>
    Object.fromEntries(limitFindings(groups).map(({ limit, mechanism }) => [limit, mechanism]));
  const same = { timeout: 'keeper', 'open-files': 'rlimit', disk: 'watching', tmp: 'tmpfs', output: 'watching' };
  expect(mechanisms(v1)).toEqual({ ...same, memory: 'cgroup-v1', processes: 'cgroup-v1', 'cpu-time': 'cgroup-v1' });
  expect(mechanisms({ ...v2, kind: 'systemd-scope', controllers: ['memory', 'pids'] })).toEqual({
    ...same,
    memory: 'systemd-scope',
    processes: 'systemd-scope',
    'cpu-time': 'rlimit',
  });
  expect(mechanisms(NO_CONTROL_GROUPS)).toEqual({
    ...same,
    memory: 'watching',
    processes: 'watching',
    'cpu-time': 'rlimit',
  });
});

test('a step is concerned by the limits that it gives, and by those that protect the host', () => {
  const unenforced = (groups: ControlGroups, given: object): string[] =>
    unenforcedLimits(groups, given).map(({ limit }) => limit);
  expect(unenforced(v2, {})).toEqual([]);
  expect(unenforced(v2, { diskBytes: 1, outputBytes: 1, cpuTimeMs: 1 })).toEqual(['disk', 'output']);
  expect(unenforced(NO_CONTROL_GROUPS, {})).toEqual(['memory', 'processes']);
  expect(unenforced(NO_CONTROL_GROUPS, { cpuTimeMs: 1 })).toEqual(['memory', 'processes', 'cpu-time']);
});

test('a keeper is told the control groups in a word', () => {
  expect(groupsArgument(v1)).toBe('cgroup-v1:memory,pids,cpuacct,cpu');
  expect(groupsArgument(NO_CONTROL_GROUPS)).toBe('none');
});
