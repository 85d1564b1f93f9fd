import { expect, test } from 'vitest';
import { boundTo, canBindProcessors, ownProcessors } from '../../sandbox/processors.ts';

test('the processors of a process are read as the kernel lists them', () => {
  expect(ownProcessors('Name:\tx\nCpus_allowed_list:\t0-2,5,8-9\nMems_allowed_list:\t0\n')).toEqual([0, 1, 2, 5, 8, 9]);
  expect(ownProcessors('Cpus_allowed_list:\t3\n')).toEqual([3]);
  expect(ownProcessors('Name:\tx\n')).toEqual([]);
  expect(ownProcessors().length).toBeGreaterThan(0);
});

test.skipIf(!canBindProcessors())('a command is bound to some, or to none in particular', () => {
  expect(boundTo(undefined)).toEqual([]);
  expect(boundTo([0, 2])).toEqual([expect.stringMatching(/\/taskset$/), '--cpu-list', '0,2']);
});
