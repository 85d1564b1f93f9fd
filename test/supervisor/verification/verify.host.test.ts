import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBindProcessors, ownProcessors } from '../../../sandbox/processors.ts';
import type { Verification, VerifyOptions } from '../../../supervisor/verification/verification.ts';
import { makeTinySystem, openTestStore, project, publish, shell, unpack, whatHostLacks } from '../test-store.ts';
import type { TestStore } from '../test-store.ts';

const lacking = await whatHostLacks();
const onTools = { action: 'create-systree', 'artifact-name': 'tools', 'container-name': 'c' };
let store: TestStore;

beforeAll(async () => {
  if (lacking !== '') return;
  store = await openTestStore();
  makeTinySystem(join(store.work, 'tools'), ['date', 'gzip', 'nproc', 'mktemp', 'test']);
  await store.supervisor.artifacts.importFrom('tools', join(store.work, 'tools'));
});
afterAll(() => store?.close());

async function verify(projects: readonly unknown[], name: string, options?: VerifyOptions): Promise<Verification> {
  return await store.supervisor.verify({ value: { projects }, directory: store.work }, name, options);
}

/** What is left of verifying, but what was kept. */
function left(): string[] {
  const directory = join(store.store, 'verify');
  const attempts = readdirSync(join(store.store, 'trees/attempts')).filter((name) => name.startsWith('verify-'));
  return [...(existsSync(directory) ? readdirSync(directory) : []), ...attempts];
}

/** The paths that differ, each with what was found of it. */
function found(verification: Verification): Record<string, string> {
  if (verification.type !== 'different') throw new Error(verification.type);
  return Object.fromEntries(
    verification.parts.flatMap(({ changes }) =>
      changes.map(({ path, type, differs = [], contents, insteadOf }) => [
        path,
        [type, ...differs, ...(contents?.causes ?? []), ...(insteadOf?.causes ?? [])].join(' '),
      ]),
    ),
  );
}

describe.skipIf(lacking !== '')('verifying a project', () => {
  test('[A-190] finds each file that differs, with its cause, and the step where it began', async () => {
    const dirty = `date > out/built-at; gzip -k h; mv h.gz out; echo seed $(date +%N) > out/seed
echo fine > out/fine; mktemp out/tmpXXXXXXXX; head -c 64 /dev/urandom > out/noise`;
    const verification = await verify(
      [
        project('dirty', [
          onTools,
          shell('mkdir out; echo hello > h'),
          shell(dirty),
          publish('dirty', { directory: 'out' }),
        ]),
      ],
      'dirty',
    );
    const files = found(verification);
    expect(files).not.toHaveProperty('fine');
    const names = Object.keys(files).filter((name) => name.startsWith('tmp'));
    expect(names).toHaveLength(2);
    expect(new Set(names.map((name) => files[name]))).toEqual(new Set(['added random-name', 'removed']));
    expect(files).toMatchObject({
      'built-at': 'changed contents time',
      'h.gz': 'changed contents gzip-time',
      seed: 'changed contents number',
      noise: 'changed contents',
    });
    expect(verification).toMatchObject({ project: 'dirty', firstStep: { id: '3-shell', path: 'out/built-at' } });
    if (verification.type !== 'different') return;
    const gzip = verification.advice.find(({ cause }) => cause === 'gzip-time');
    expect(gzip?.helps).toContain('gzip -n');
    expect(verification.advice.find(({ cause }) => cause === 'time')?.helps).toContain('SOURCE_DATE_EPOCH');
    const [time] = verification.varied;
    expect((time?.second ?? 0) - (time?.first ?? 0)).toBeGreaterThanOrEqual(2000);
  });

  test('[A-191] calls a project the same whose artifact is, whatever the times, and gives the store nothing', async () => {
    const before = store.supervisor.artifacts.list();
    const verification = await verify(
      [project('clean', [onTools, shell('echo hello > h; gzip -n h'), publish('clean')])],
      'clean',
    );
    expect(verification).toMatchObject({ type: 'same', parts: [{ type: 'artifact', changes: [], compared: 2 }] });
    if (verification.type !== 'same') return;
    expect(verification.parts[0]?.digests?.[0]).toBe(verification.parts[0]?.digests?.[1]);
    expect(verification.parts[0]?.times).toContain('h.gz');
    expect(store.supervisor.artifacts.list()).toEqual(before);
    expect(store.supervisor.runs()).toEqual([]);
    expect(readdirSync(join(store.store, 'trees/layers'))).toEqual([]);
    expect(left()).toEqual([]);
  });

  test('[A-192] takes what other projects have made from the store, and refuses when that is not built', async () => {
    const projects = [
      project('make', [onTools, shell('echo 1 > one'), publish('one')]),
      project('use', [onTools, unpack('one'), shell('cat one > two; date > at')], { 'depends-on': ['make'] }),
    ];
    await expect(verify(projects, 'use')).rejects.toMatchObject({
      code: 'ARTIFACT_UNKNOWN',
      mend: expect.stringContaining('`contractor build make`') as string,
    });
    await store.supervisor.artifacts.importFrom('one', join(store.work, 'tools/etc'));
    const used = project('use', [
      onTools,
      unpack('one', { directory: 'in' }),
      shell('head -n 1 in/passwd > out; date >> out'),
    ]);
    // It publishes nothing: then its workspace counts.
    expect(found(await verify(projects.with(1, used), 'use'))).toEqual({ out: 'changed contents time' });
    await store.supervisor.artifacts.remove('one');
  });

  test('says which step of a build failed, and how', async () => {
    expect(await verify([project('p', [onTools, shell('exit 3')])], 'p')).toEqual({
      project: 'p',
      type: 'build-failed',
      build: 1,
      step: { id: '2-shell', title: 'shell exit 3' },
      outcome: { type: 'failed', exitCode: 3 },
    });
  });

  test('[A-193] the second build sees one processor less where there are several, and fails where that matters', async () => {
    const count = ownProcessors().length;
    // Of one alone there is none less to see, and nothing is said to have been tried.
    const isFewer = count > 1 && canBindProcessors();
    const written = await verify([project('p', [onTools, shell('nproc > jobs')])], 'p');
    expect(written).toMatchObject({
      type: isFewer ? 'different' : 'same',
      varied: [{ what: 'time' }, ...(isFewer ? [{ what: 'processors', first: count, second: count - 1 }] : [])],
    });
    expect(written.type === 'different' ? found(written) : {}).toEqual(
      isFewer ? { jobs: 'changed contents processors' } : {},
    );
    expect(await verify([project('p', [onTools, shell(`test $(nproc) = ${count}`)])], 'p')).toMatchObject(
      isFewer ? { type: 'build-failed', build: 2, step: { id: '2-shell' } } : { type: 'same' },
    );
  });

  test('is cancelled with all that it has begun, and leaves nothing', async () => {
    const cancelled = new AbortController();
    const verification = await verify([project('p', [onTools, shell('sleep 1000')])], 'p', {
      signal: cancelled.signal,
      onBuild: async ({ run }) => {
        for await (const event of run.events()) if (event.type === 'step-started' && event.step === '2-shell') break;
        cancelled.abort('program');
      },
    });
    expect(verification).toEqual({ project: 'p', type: 'cancelled' });
    expect(left()).toEqual([]);
  });
});

describe.skipIf(lacking !== '')('what verifying leaves', () => {
  test('[A-194] stays with `keep`, to be compared file by file, until the project is verified again', async () => {
    const projects = [project('p', [onTools, shell('date > at'), publish('p')])];
    const { kept } = await verify(projects, 'p', { keep: true });
    const { createSupervisor } = await import('../../../supervisor/create-supervisor.ts');
    const supervisor = createSupervisor({ store: kept?.store ?? '' });
    try {
      expect(supervisor.runs().map(({ id }) => id)).toEqual(kept?.runs.toReversed());
      const states = [1, 2].map((version) => ({ type: 'artifact', artifact: `p@${version}` }) as const);
      const { parts } = await supervisor.workbench.compare(states[0]!, states[1]!);
      expect(parts[0]?.changes.map(({ path }) => path)).toEqual(['at']);
    } finally {
      await supervisor.close();
    }
    await verify([project('other', [onTools])], 'other');
    expect(existsSync(kept?.store ?? '')).toBe(true);
    await verify(projects, 'p');
    expect(left()).toEqual([]);
  });

  test('[A-194] when it is killed is removed by the next build, with what runs in it', async () => {
    const spec = { projects: [project('p', [onTools, shell('sleep 1234')])] };
    const program = `
      import { createSupervisor } from ${JSON.stringify(import.meta.resolve('../../../supervisor/create-supervisor.ts'))};
      const supervisor = createSupervisor({ store: ${JSON.stringify(store.store)} });
      await supervisor.verify({ value: ${JSON.stringify(spec)} }, 'p', { onBuild: async ({ run }) => {
        for await (const event of run.events()) if (event.step === '2-shell') process.kill(process.pid, 'SIGKILL');
      } });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' });
    await once(child, 'exit');
    expect(left()).not.toEqual([]);
    await store.build([project('other', [onTools])]);
    expect(left()).toEqual([]);
    expect(isRunning('1234')).toBe(false);
  });
});

/** Whether there is a `sleep` of so long. */
function isRunning(seconds: string): boolean {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n').includes(`sleep ${seconds}`);
}
