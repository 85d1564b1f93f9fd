import { readFileSync } from 'node:fs';
import { findProgram, findProgramIfAny } from './programs.ts';

/** The processors that this process may run on, by their numbers: see sched_setaffinity(2). */
export function ownProcessors(status: string = readFileSync('/proc/self/status', 'latin1')): number[] {
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    if (first === undefined || last === undefined || Number.isNaN(first) || Number.isNaN(last)) return [];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** Whether something can be started on some of the processors alone. */
export function canBindProcessors(): boolean {
  return findProgramIfAny('taskset') !== undefined;
}

/** What a command is started by, so that it and its children run on these processors, and count no others. */
export function boundTo(processors: readonly number[] | undefined): readonly string[] {
  return processors === undefined ? [] : [findProgram('taskset'), '--cpu-list', processors.join(',')];
}
