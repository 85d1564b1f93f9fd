import { expect, test } from 'vitest';
import { actionSet } from '../../actions/action-set.ts';
import { NO_CONTROL_GROUPS } from '../../sandbox/limits/control-groups.ts';
import type { ControlGroups } from '../../sandbox/limits/control-groups.ts';
import type { Step } from '../../spec-schema/build-spec.ts';
import { assertStrictLimits, unenforcedOf } from '../../supervisor/strict-limits.ts';
import { project, step } from '../machines/samples.ts';

const actions = actionSet();
const groups: ControlGroups = { kind: 'cgroup-v2', controllers: ['memory', 'pids', 'cpu'], places: [] };
const shell = (id: string, limits: NonNullable<Step['limits']>): Step =>
  step(id, { parameters: { 'container-name': 'c', shell: 'true' }, limits });

test('where the kernel enforces what a step gives, strict refuses nothing', () => {
  expect(() =>
    assertStrictLimits([project(shell('s', { memoryBytes: 1 }))], { groups, actions, strict: true }),
  ).not.toThrow();
});

test('a strict step on a host that only watches is refused, with the limits, the steps and the mend', () => {
  const projects = [project(shell('1-shell', { strict: true, diskBytes: 1 }), shell('2-shell', { strict: true }))];
  expect(() => assertStrictLimits(projects, { groups: NO_CONTROL_GROUPS, actions, strict: false })).toThrow(
    expect.objectContaining({
      code: 'HOST_UNSUITABLE',
      message: expect.stringMatching(/`memory` of p\/1-shell and 1 more: .* `disk` of p\/1-shell: /) as unknown,
      mend: expect.stringMatching(
        process.getuid?.() === 0
          ? /sys\/fs\/cgroup.*take it from the limits/
          : /build as root.*take it from the limits/,
      ) as unknown,
    }),
  );
});

test('the word of the command line is not taken back by a specification', () => {
  const projects = [project(shell('1-shell', { strict: false }))];
  expect(() => assertStrictLimits(projects, { groups: NO_CONTROL_GROUPS, actions, strict: true })).toThrow('memory');
  expect(() => assertStrictLimits(projects, { groups: NO_CONTROL_GROUPS, actions, strict: false })).not.toThrow();
});

test('steps that are the work of contractor itself are not concerned', () => {
  const own = { ...step('1-empty-workspace', { limits: { strict: true } }), action: 'empty-workspace' };
  expect(() => assertStrictLimits([project(own)], { groups: NO_CONTROL_GROUPS, actions, strict: true })).not.toThrow();
  expect(unenforcedOf([project(own)], { groups: NO_CONTROL_GROUPS, actions })).toEqual([]);
});

test('each limit that is only watched is told once', () => {
  const projects = [project(shell('1', {}), shell('2', { diskBytes: 1 }), shell('3', { diskBytes: 2 }))];
  expect(unenforcedOf(projects, { groups, actions }).map(({ limit }) => limit)).toEqual(['disk']);
});
