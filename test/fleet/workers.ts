import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { customAlphabet } from 'nanoid';
import { expect } from 'vitest';
import { sharedDirectory } from '../../fleet/artifact-exchange.ts';
import { allEvents } from '../../fleet/read-runs.ts';
import type { Fleet } from '../../fleet/open-fleet.ts';
import { submitRun } from '../../fleet/submit-run.ts';
import { findIdMap } from '../../sandbox/id-map.ts';
import { runInIdMap } from '../../sandbox/run-in-id-map.ts';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import type { TestStore } from '../supervisor/test-store.ts';

export const newId: () => string = customAlphabet('0123456789abcdefghjkmnpqrstuvwxyz', 10);

const MAIN = join(import.meta.dirname, '../../cli/main.ts');

/** What a `contractor` has said and how it ended. */
export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `contractor` in a process of its own, to its end. */
export async function contractor(...argv: readonly string[]): Promise<Said> {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { status: child.exitCode, stdout, stderr };
}

/** A `contractor worker` in a process of its own. */
export interface Worker {
  readonly child: ChildProcess;
  readonly store: string;
  said(): string;
  /** Lets it finish what it has. */
  end(): Promise<void>;
}

export function startWorker({
  url,
  artifacts,
  store,
  jobs = 1,
}: {
  readonly url: string;
  readonly artifacts: string;
  readonly store: string;
  readonly jobs?: number;
}): Worker {
  const argv = [MAIN, '--store', store, '--database', url, 'worker', '--artifacts', artifacts, '-j', String(jobs)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  return {
    child,
    store,
    said: () => text,
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Hands a specification to the workers; what it takes of the test's store is left with them. */
export async function submit(
  projects: readonly object[],
  { fleet, store, artifacts }: { readonly fleet: Fleet; readonly store: TestStore; readonly artifacts: string },
): Promise<string> {
  return await submitRun(
    { source: { value: { projects }, directory: store.work }, options: {} },
    { ...fleet, supervisor: store.supervisor, exchange: sharedDirectory(artifacts, newId), now: Date.now, newId },
  );
}

/** The events of a run, as soon as there is one that is wanted. */
export async function eventsUntil(
  { database }: Fleet,
  run: string,
  isWanted: (event: BuildEvent) => boolean,
): Promise<readonly BuildEvent[]> {
  for (;;) {
    const events = await allEvents(database, run);
    if (events.some(isWanted)) return events;
    expect(events.at(-1)?.type).not.toBe('run-ended');
    await wait(100);
  }
}

/** Ends what a killed worker has left running, and removes its store. */
export async function removeStore(directory: string): Promise<void> {
  const supervisor = createSupervisor({ store: directory });
  for (const { id, endedAt } of supervisor.runs()) if (endedAt === undefined) await supervisor.cancel(id);
  await supervisor.close();
  const remove = ['/bin/rm', '-rf', 'layers', 'objects', 'artifacts', 'attempts'] as const;
  await runInIdMap({ trees: join(directory, 'trees'), idMap: findIdMap(), command: remove });
}
