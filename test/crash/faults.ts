import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { onTiny, project, publish, shell, unpack } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';

/** Longer than any build of two small projects takes under strace. */
const LONGEST_BUILD_MS = 120_000;

const BUILDER = join(import.meta.dirname, 'build-with-fault.ts');

/** A system call that a disk or a host at its limits refuses. */
export interface RefusedCall {
  readonly name: string;
  readonly errors: readonly string[];
  /** The nth of them is refused, up to this one. */
  readonly most: number;
  /** Only of keepers. */
  readonly ofKeeper?: true;
}

/** `write` is only a keeper's: in Node it is also how threads wake each other. */
export const REFUSED_CALLS: readonly RefusedCall[] = [
  { name: 'pwrite64', most: 80, errors: ['ENOSPC', 'EIO'] },
  { name: 'write', most: 20, errors: ['ENOSPC', 'EIO', 'EDQUOT'], ofKeeper: true },
  { name: 'sendto', most: 3, errors: ['ENOBUFS', 'ENOMEM'], ofKeeper: true },
  { name: 'ftruncate', most: 12, errors: ['ENOSPC', 'EIO'] },
  { name: 'fsync', most: 12, errors: ['ENOSPC', 'EIO'] },
  { name: 'fdatasync', most: 12, errors: ['ENOSPC', 'EIO'] },
  { name: 'syncfs', most: 12, errors: ['ENOSPC', 'EIO'] },
  { name: 'mkdir', most: 12, errors: ['ENOSPC', 'EIO', 'EROFS', 'EDQUOT'] },
  { name: 'rename', most: 12, errors: ['ENOSPC', 'EIO', 'EROFS'] },
  { name: 'link', most: 12, errors: ['ENOSPC', 'EIO', 'EROFS'] },
  { name: 'unlink', most: 12, errors: ['EIO', 'EROFS'] },
  { name: 'chown', most: 12, errors: ['EIO', 'EROFS'] },
  { name: 'mount', most: 12, errors: ['ENOSPC', 'ENOMEM'] },
  { name: 'clone', most: 12, errors: ['EAGAIN', 'ENOMEM'] },
];

/** The `nth` time that a process makes a call, it is refused with `error`. */
export interface Fault {
  readonly call: RefusedCall;
  readonly error: string;
  readonly nth: number;
}

/** What came of a build with a fault. */
export interface FaultResult {
  /** Whether a process came to the fault. */
  readonly met: boolean;
  /** What is wrong; undefined when all is well. */
  readonly complaint: string | undefined;
}

/** A fault as strace is told of it. */
export function faultInWords({ call, error, nth }: Fault): string {
  return `${call.name}:error=${error}:when=${nth}`;
}

/**
 * Builds a small specification with a fault, resumes what it broke off, and looks at what came of it: the build ended as
 * built, failed or refused with a code; the records can be read; what is recorded as built is whole; `resume` finishes the rest.
 */
export async function buildWithFault(fault: Fault, { store, work }: TestStore, round: number): Promise<FaultResult> {
  const artifact = `made${round}`;
  const projects = [
    project('first', [onTiny, shell(`echo ${round} > file`), publish(artifact)]),
    project('second', [onTiny, unpack(artifact, { directory: 'in' }), shell('cat in/file')]),
  ];
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-faults-')));
  const trace = join(scratch, 'trace');
  try {
    // Each keeper has a strace of its own, and all write to one file.
    const options = ['-A', '-o', trace, '-e', `trace=${fault.call.name}`, '-e', `inject=${faultInWords(fault)}`];
    const builder = [process.execPath, BUILDER, store, work, JSON.stringify({ projects })];
    const ofBuild = complaintOfBuild(
      fault.call.ofKeeper === true
        ? [...builder, JSON.stringify(options)]
        : ['strace', '-f', ...options, '--', ...builder],
    );
    const met = existsSync(trace) && readFileSync(trace, 'utf8').includes('(INJECTED)');
    return { met, complaint: ofBuild ?? (await complaintOfStore(store)) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function complaintOfBuild([program = '', ...argv]: readonly string[]): string | undefined {
  const { status, signal, stdout, stderr } = spawnSync(program, argv, {
    encoding: 'utf8',
    timeout: LONGEST_BUILD_MS,
    killSignal: 'SIGKILL',
  });
  const said = stdout.trim().split('\n').at(-1) ?? '';
  if (signal !== null) return `it hung: ${said}`;
  const understood = /^(ended (built|failed)|refused [A-Z_]+ .+)$/.test(said);
  // A fault before the first line of ours is Node's own to tell of.
  return understood || !stdout.includes('begins') ? undefined : `status ${status}: ${said} ${stderr.slice(-1500)}`;
}

async function complaintOfStore(store: string): Promise<string | undefined> {
  const supervisor = createSupervisor({ store });
  try {
    const [newest] = supervisor.runs({ limit: 1 });
    if (newest?.state === 'interrupted' || newest?.state === 'adoptable') {
      const result = await (await supervisor.resume(newest.id)).result;
      if (result !== 'built') return `resume ended as ${result}`;
    }
    const damaged = (await supervisor.checkStore()).filter(({ state }) => state !== 'ok');
    return damaged.length > 0 ? JSON.stringify(damaged) : undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    await supervisor.close();
  }
}
