/**
 * Builds a small specification again and again, each time with one system call of one process
 * failing, as strace injects it; then without a fault. `npm run test:faults [SEED] [ROUNDS]`.
 *
 * After every round: the build ended as built, failed or refused with a code; the records can be read; what is
 * recorded as built is whole; and `resume` finishes what was broken off.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { onTiny, openTestStore, project, publish, shell, unpack } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';

const [, , seedText = String(Date.now() % 1_000_000), roundsText = '40'] = process.argv;
const BUILDER = join(import.meta.dirname, 'build-with-fault.ts');
/** Calls that a disk or a host at its limits refuses, and how. `write` is not one of them: it is also how threads wake each other. */
const FAULTS: readonly (readonly [call: string, errors: readonly string[]])[] = [
  ['pwrite64', ['ENOSPC', 'EIO']],
  ['ftruncate', ['ENOSPC', 'EIO']],
  ['fsync', ['ENOSPC', 'EIO']],
  ['fdatasync', ['ENOSPC', 'EIO']],
  ['syncfs', ['ENOSPC', 'EIO']],
  ['mkdir', ['ENOSPC', 'EIO', 'EROFS', 'EDQUOT']],
  ['rename', ['ENOSPC', 'EIO', 'EROFS']],
  ['link', ['ENOSPC', 'EIO', 'EROFS']],
  ['unlink', ['EIO', 'EROFS']],
  ['chown', ['EIO', 'EROFS']],
  ['mount', ['ENOSPC', 'ENOMEM']],
  ['clone', ['EAGAIN', 'ENOMEM']],
];

if (spawnSync('strace', ['-V']).status !== 0) {
  console.error('There is no strace on this host: `sudo apt-get install strace`.');
  process.exit(3);
}

let state = Number(seedText);
/** mulberry32, so that a round can be played again. */
function below(limit: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
}

let faults = 0;
let hits = 0;
let store: TestStore | undefined;
console.log(`seed ${seedText}, ${roundsText} rounds`);
try {
  for (let round = 1; round <= Number(roundsText); round++) {
    store ??= await openTestStore();
    const [call, errors] = FAULTS[below(FAULTS.length)] ?? ['pwrite64', []];
    const fault = `${call}:error=${errors[below(errors.length)]}:when=${1 + below(call === 'pwrite64' ? 80 : 12)}`;
    const complaint = await complaintOf(round, fault, store);
    console.log(`${String(round).padStart(3)} ${fault}  ${complaint ?? 'well'}`);
    if (complaint === undefined) continue;
    faults++;
    await store.close();
    store = undefined;
  }
} finally {
  await store?.close();
}
console.log(`${faults} of ${roundsText} rounds went wrong; the fault was met in ${hits} of the others`);
process.exitCode = faults === 0 ? 0 : 1;

/** What is wrong after a build with `fault`; undefined when all is well. */
async function complaintOf(
  round: number,
  fault: string,
  { store: directory, work }: TestStore,
): Promise<string | undefined> {
  const name = `made${round}`;
  const projects = [
    project('first', [onTiny, shell(`echo ${round} > file`), publish(name)]),
    project('second', [onTiny, unpack(name, { directory: 'in' }), shell('cat in/file')]),
  ];
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-faults-')));
  try {
    const { status, signal, stdout, stderr } = spawnSync(
      'strace',
      [
        ...['-f', '-o', join(scratch, 'trace'), '-e', `trace=${fault.split(':')[0]}`, '-e', `inject=${fault}`],
        ...[process.execPath, BUILDER, directory, work, JSON.stringify({ projects })],
      ],
      { encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' },
    );
    const said = stdout.trim().split('\n').at(-1) ?? '';
    if (signal !== null) return `it hung: ${said}`;
    const understood = /^(ended (built|failed)|refused [A-Z_]+ .+)$/.test(said);
    // A fault before the first line of ours is Node's own to tell of.
    if (!understood && stdout.includes('begins')) return `status ${status}: ${said} ${stderr.slice(-1500)}`;
    const supervisor = createSupervisor({ store: directory });
    try {
      const [newest] = supervisor.runs({ limit: 1 });
      if (newest?.state === 'interrupted' || newest?.state === 'adoptable') {
        const result = await (await supervisor.resume(newest.id)).result;
        if (result !== 'built') return `${said}; resume ended as ${result}`;
      }
      const damaged = (await supervisor.checkStore()).filter(({ state: found }) => found !== 'ok');
      if (damaged.length > 0) return JSON.stringify(damaged);
    } finally {
      await supervisor.close();
    }
    if (readFileSync(join(scratch, 'trace'), 'utf8').includes('(INJECTED)')) hits++;
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
