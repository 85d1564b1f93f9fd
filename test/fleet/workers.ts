import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { customAlphabet } from 'nanoid';
import { expect, vi } from 'vitest';
import { runCommandLine } from '../../cli/command-line.ts';
import { exchangeAt } from '../../fleet/artifact-exchange.ts';
import { openFleet } from '../../fleet/open-fleet.ts';
import type { Fleet } from '../../fleet/open-fleet.ts';
import { allEvents } from '../../fleet/read-runs.ts';
import { submitRun } from '../../fleet/submit-run.ts';
import { findIdMap } from '../../sandbox/id-map.ts';
import { runInIdMap } from '../../sandbox/run-in-id-map.ts';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { capture } from '../cli/rig/screen.ts';
import { openTestStore } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';
import { startPostgres } from './postgres.ts';
import type { Postgres } from './postgres.ts';

const newId = customAlphabet('0123456789abcdefghjkmnpqrstuvwxyz', 10);

const MAIN = join(import.meta.dirname, '../../cli/main.ts');

/** A `contractor worker` in a process of its own. */
export interface Worker {
  readonly child: ChildProcess;
  readonly store: string;
  said(): string;
  /** Has the step go on that waits for this: see {@link gate}. */
  open(name: string): Promise<void>;
  kill(): Promise<void>;
  /** Lets it finish what it has. */
  end(): Promise<void>;
}

/** How a command has ended, and what it has said. */
export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A database, a place for artifacts, a store that hands runs in, and workers, of which none is left when it is closed. */
export interface TestFleet {
  readonly postgres: Postgres;
  readonly fleet: Fleet;
  readonly store: TestStore;
  /** Where the workers leave artifacts for each other. */
  readonly place: string;
  /** One with a store of that name; also one that was killed, again. */
  worker(name: string, jobs?: number, more?: readonly string[]): Worker;
  /** A command line on this database, or else on the store here. `interrupt` is called with what stands for Ctrl-C, and with what it has said so far. */
  command(
    line: readonly string[],
    options?: {
      readonly isHere?: boolean;
      readonly interrupt?: (press: () => void, said: () => string) => void;
      readonly url?: string;
    },
  ): Promise<Said>;
  submit(projects: readonly object[]): Promise<string>;
  /** The events of a run, as soon as there is one that is wanted. */
  eventsUntil(run: string, isWanted: (event: BuildEvent) => boolean): Promise<readonly BuildEvent[]>;
  /** Once a step of the run writes, as {@link gate} does at once: by then it runs. */
  running(run: string): Promise<void>;
  close(): Promise<void>;
}

/** A script that goes on when the worker that runs it is told to: no other can see that. */
export function gate(name: string): string {
  return `echo begun; until ls /etc | grep -qx '${name}'; do sleep 0.05; done`;
}

/** With whose rights what is done; by default all of it as the owner of the database. */
export interface Roles {
  readonly worker: string;
  /** Of the command lines, and of {@link TestFleet.submit}. */
  readonly command: string;
}

/** Workers leave artifacts at `elsewhere`, or in a directory. They have the environment of this process. */
export async function openTestFleet(
  rolesOf: (postgres: Postgres) => Promise<Roles> = async ({ url }) => ({ worker: url, command: url }),
  elsewhere?: string,
): Promise<TestFleet> {
  const [postgres, store] = await Promise.all([startPostgres(), openTestStore()]);
  const roles = await rolesOf(postgres);
  const place = elsewhere ?? join(store.work, 'shared');
  const fleet = await openFleet(roles.command);
  const workers: Worker[] = [];
  const { close: _, ...kept } = store.supervisor;
  return {
    postgres,
    fleet,
    store,
    place,
    worker: (name, jobs = 1, more = []) => {
      const own = join(store.work, name);
      const line = ['worker', '--artifacts', place, '-j', String(jobs), ...more];
      const started = startWorker(own, [MAIN, '--store', own, '--database', roles.worker, ...line]);
      workers.push(started);
      return started;
    },
    command: async (line, { interrupt, isHere = false, url = roles.command } = {}) => {
      const [stdout, stderr] = [capture(), capture()];
      const status = await runCommandLine(isHere ? line : ['--database', url, ...line], {
        stdin: Readable.from([]),
        openStdin: () => Readable.from([]),
        stdout: stdout.output,
        stderr: stderr.output,
        env: {},
        workingDirectory: store.work,
        now: Date.now,
        onInterrupt: (listener) => {
          interrupt?.(() => listener('SIGINT'), stdout.text);
          return () => {};
        },
        exitNow: () => {
          throw new Error('it was to end by itself');
        },
        createSupervisor: async () => ({ ...kept, close: async () => {} }),
        exitStatus: 0,
      });
      return { status, stdout: stdout.text(), stderr: stderr.text() };
    },
    submit: async (projects) =>
      await submitRun(
        { source: { value: { projects }, directory: store.work }, options: {} },
        {
          ...fleet,
          supervisor: store.supervisor,
          exchange: exchangeAt(place, store.supervisor.artifacts),
          now: Date.now,
          newId,
          patience: { giveUpAfterMs: 0, now: () => performance.now(), name: fleet.database.name },
        },
      ),
    eventsUntil: async (run, isWanted) =>
      await vi.waitFor(async () => {
        const events = await allEvents(fleet.database, run);
        if (!events.some(isWanted)) throw new Error(`not yet: ${JSON.stringify(events.at(-1))}`);
        return events;
      }),
    running: async (run) =>
      await vi.waitFor(async () => {
        const parts = await fleet.database.query('select 1 from contractor.logs where run = $1', [run]);
        expect(parts).not.toEqual([]);
      }),
    close: async () => {
      await Promise.all(workers.map(async (worker) => await worker.kill()));
      for (const directory of new Set(workers.map((worker) => worker.store))) await removeStore(directory);
      await fleet[Symbol.asyncDispose]();
      await postgres.close();
      await store.close();
    },
  };
}

/** A worker that `argv` starts, with the store that it names. */
export function startWorker(store: string, argv: readonly string[]): Worker {
  mkdirSync(store, { recursive: true, mode: 0o700 });
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more: string) => (text += more));
  }
  const ended = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return {
    child,
    store,
    said: () => text,
    open: async (name) =>
      void (await inStore(store, `for etc in artifacts/tiny/*/tree/etc; do : > "$etc/${name}"; done`)),
    kill: async () => await ended('SIGKILL'),
    end: async () => await ended('SIGTERM'),
  };
}

/** Does something in the trees of a store. Returns what it has written. */
export async function inStore(store: string, script: string): Promise<string> {
  const command = ['/bin/sh', '-euc', script] as const;
  const { exitCode, stdout, stderr } = await runInIdMap({ trees: join(store, 'trees'), idMap: findIdMap(), command });
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

/** Ends what a killed worker has left running, and removes its store. */
export async function removeStore(directory: string): Promise<void> {
  const supervisor = createSupervisor({ store: directory });
  const runs = supervisor.runs();
  for (const { id, endedAt } of runs) if (endedAt === undefined) await supervisor.cancel(id);
  await supervisor.close();
  await inStore(directory, 'rm -rf layers objects artifacts attempts').catch((error: unknown) => {
    // One that has built nothing may have no trees that belong to somebody else.
    if (runs.length > 0) throw error;
  });
}
