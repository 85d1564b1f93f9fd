import { readFileSync } from 'node:fs';
import { findProgram, findProgramIfAny } from './programs.ts';

/** The processors that this process may run on, by their numbers: see sched_setaffinity(2). */
export function ownProcessors(status: string = readFileSync('/proc/self/status', 'latin1')): number[] {
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '';
  return [...list.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index),
  );
}

/** Whether something can be started on some of the processors alone. */
export function canBindProcessors(): boolean {
  return findProgramIfAny('taskset') !== undefined;
}

/** What a command is started by, so that it and its children run on these processors, and count no others. */
export function boundTo(processors: readonly number[] | undefined): readonly string[] {
  return processors === undefined ? [] : [findProgram('taskset'), '--cpu-list', processors.join(',')];
}
