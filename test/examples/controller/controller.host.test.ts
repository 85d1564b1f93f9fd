import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BuildEvent } from '../../../index.ts';
import { pidsOf } from '../../supervisor/killed-build.ts';
import { onTiny, project, publish, shell, whatHostLacks } from '../../supervisor/test-store.ts';
import { RunningController, SECRET } from './running-controller.ts';

const lacking = await whatHostLacks();
let controller: RunningController;
let repository: string;

beforeAll(async () => {
  if (lacking !== '') return;
  repository = mkdtempSync(join(tmpdir(), 'contractor-repository-'));
  git('init', '--quiet', '--initial-branch=main');
  const hook = { repository, branch: 'main', path: 'ci/build.yaml', secretFile: 'secret' };
  controller = await RunningController.start({ hooked: hook });
});
afterAll(async () => {
  await controller?.close();
  if (repository !== undefined) rmSync(repository, { recursive: true });
});

describe.skipIf(lacking !== '')('the controller of the examples', () => {
  test('[A-220] builds what is pushed, and gives its events, log and artifact', async () => {
    const made = project('p', [onTiny, shell('echo made > file; echo said'), publish('made')]);
    const { status, state, run } = await controller.push('pushed', [made]);
    expect([status, state]).toEqual([201, 'begun']);
    const events = await all(run);
    expect(events.at(-1)).toMatchObject({ type: 'run-ended', result: 'built' });
    expect(events.map((event) => ('seq' in event ? event.seq : 0))).toEqual(events.map((_, index) => index + 1));
    expect(await (await controller.ask(`/runs/${run}/logs/p/2`)).text()).toBe('said\n');
    expect(await (await controller.ask(`/runs/${run}/logs/p/2?from=2`)).text()).toBe('id\n');

    const archive = Buffer.from(await (await controller.ask('/artifacts/made/1')).arrayBuffer());
    expect(execFileSync('tar', ['--zstd', '-xOf', '-', './file'], { input: archive, encoding: 'utf8' })).toBe('made\n');

    expect(await controller.push('pushed', [made])).toMatchObject({ status: 200, state: 'current', run });
    expect(await controller.json('/specifications/pushed')).toMatchObject({ newest: { id: run, state: 'built' } });
    const runs = (await (await controller.ask('/runs?limit=5')).json()) as object[];
    expect(runs).toMatchObject([{ id: run, specification: 'pushed' }]);
    expect((await controller.ask(`/runs/${run}/events`, { headers: { 'Last-Event-ID': '999' } })).status).toBe(204);
  });

  test('[A-220] refuses what is not allowed, wrong, unknown or too large', async () => {
    expect(await controller.json('/runs', { headers: { Authorization: 'Bearer another' } })).toMatchObject({
      status: 401,
    });
    expect(await controller.json('/nothing', { headers: { Authorization: '' } })).toMatchObject({ status: 401 });
    expect(await controller.json('/nothing')).toMatchObject({ status: 404 });
    expect(await controller.json('/health', { headers: { Authorization: '' } })).toEqual({
      status: 200,
      state: 'ready',
    });
    const post = (path: string, body: string): Promise<object> => controller.json(path, { method: 'POST', body });
    expect(await post('/specifications/wrong', 'projects: 3\n')).toMatchObject({
      status: 422,
      code: 'SPEC_INVALID',
      message: expect.stringContaining('wrong.yaml:1:11: error'),
    });
    expect(await post('/specifications/..%2Fup', 'projects: []\n')).toMatchObject({ status: 400 });
    expect(await post('/specifications/large', ' '.repeat(1024 * 1024 + 1))).toMatchObject({ status: 413 });
    const outside = [project('p', [{ action: 'copy-source', path: '../../../../../../etc' }])];
    expect(await controller.push('outside', outside)).toMatchObject({ status: 422, code: 'SOURCE_OUTSIDE' });
    expect(await controller.json('/specifications/outside')).toHaveProperty('refusal');
    expect(await controller.json('/runs/zzz')).toMatchObject({ status: 404, code: 'RUN_UNKNOWN' });
    expect(await controller.json('/artifacts/none/1')).toMatchObject({ status: 404, code: 'ARTIFACT_UNKNOWN' });
  });

  test('[A-221] builds what a git server tells it to look at, once', async () => {
    const before = controller.shelf.supervisor.runs().length;
    const first = commit([project('h', [onTiny, shell('echo first')])]);
    expect(await deliver({ sign: { 'X-Hub-Signature-256': 'sha256=of another' } })).toMatchObject({ status: 401 });
    expect(await deliver({ sign: {} })).toMatchObject({ status: 401 });
    expect(await deliver({ ref: 'refs/heads/other' })).toEqual({ status: 200, state: 'ignored' });
    expect(controller.shelf.supervisor.runs()).toHaveLength(before);

    expect(await deliver()).toEqual({ status: 202, state: 'taken', commit: first });
    await newestOf('hooked', 'built');
    // Delivered again, by whatever server: it was begun already.
    expect(await deliver({ sign: { 'X-Gitea-Event': 'push', 'X-Gitea-Signature': signature('main') } })).toMatchObject({
      status: 202,
    });
    expect(await deliver({ sign: { 'X-Gitlab-Event': 'Push Hook', 'X-Gitlab-Token': SECRET } })).toMatchObject({
      status: 202,
    });
    // Nor is what another commit has left as it is.
    commit([project('h', [onTiny, shell('echo first')])]);
    expect(await deliver()).toMatchObject({ status: 202 });
    const second = commit([project('h', [onTiny, shell('echo second')])]);
    expect(await deliver()).toMatchObject({ status: 202, commit: second });
    await expect.poll(() => logOf(controller.shelf.supervisor.runs({ limit: 1 })[0]!.id, 'h', '2')).toBe('second\n');
    await newestOf('hooked', 'built');
    expect(controller.shelf.supervisor.runs()).toHaveLength(before + 2);
  });

  test('[A-224] cancels a run, and tries it again when told to', async () => {
    const { run } = await controller.push('again', [project('a', [onTiny, shell('echo begun; sleep 60')])]);
    await expect.poll(() => logOf(run, 'a', '2')).toBe('begun\n');
    const post = (path: string): Promise<object> => controller.json(path, { method: 'POST' });
    expect(await post(`/runs/${run}/cancel`)).toEqual({ status: 200, id: run, result: 'cancelled' });
    expect(await post(`/runs/${run}/cancel`)).toMatchObject({ status: 409, code: 'RUN_ENDED' });
    const again = (await post(`/runs/${run}/retry`)) as { run: string };
    expect(again).toMatchObject({ status: 201, state: 'begun' });
    expect(again.run).not.toBe(run);
    expect(await post(`/runs/${run}/retry`)).toMatchObject({ status: 409 });
    expect(await post(`/runs/${again.run}/cancel`)).toMatchObject({ result: 'cancelled' });
  });

  test('[A-222] [A-212] killed with -9 and started again it goes on, and its clients have each event once', async () => {
    const { run } = await controller.push('killed', [project('k', [onTiny, shell(long(881)), shell('cat lines')])]);
    const client = all(run);
    const ofAll = allUntilEndOf(run);
    await expect.poll(() => logOf(run, 'k', '2')).toBe('begun\n');
    expect(await controller.end('SIGKILL')).toBe(null);
    await controller.startAgain();
    await adopted(run);
    endSleep(881);
    await expectWhole(run, await client);
    const { supervisor } = controller.shelf;
    const inOrder = supervisor
      .runs()
      .toReversed()
      .flatMap(({ id }) => supervisor.events(id));
    expect(new Set(inOrder.map((event) => event.run)).size).toBeGreaterThan(3);
    expect(await ofAll).toEqual(inOrder);
    expect(await controller.json('/events?after=1.1')).toMatchObject({ status: 400, code: 'CURSOR_UNFIT' });
  });

  test('[A-224] waits for what another process builds, and then builds what has come meanwhile', async () => {
    const of = (...scripts: string[]): object[] => [project('o', [onTiny, ...scripts.map((each) => shell(each))])];
    const first = await controller.push('others', of('echo first'));
    await newestOf('others', 'built');
    const { supervisor } = controller.shelf;
    const fileName = supervisor.summary(first.run).specName;
    const other = await supervisor.build({ fileName, text: JSON.stringify({ projects: of(long(884)) }) });
    await expect.poll(() => logOf(other.id, 'o', '2')).toBe('begun\n');
    expect(await controller.push('others', of('echo third'))).toMatchObject({ state: 'waits', run: other.id });
    endSleep(884);
    await other.result;
    await expect.poll(() => newestOf('others', 'built')).not.toBe(other.id);
    expect(logOf(await newestOf('others', 'built'), 'o', '2')).toBe('third\n');
  });

  test('[A-223] told to end it leaves what runs to the next one, which begins nothing that was cancelled', async () => {
    const { run } = await controller.push('left', [project('k', [onTiny, shell(long(882)), shell('cat lines')])]);
    const client = all(run);
    await expect.poll(() => logOf(run, 'k', '2')).toBe('begun\n');
    expect(await controller.end('SIGTERM')).toBe(0);
    expect(controller.shelf.supervisor.summary(run).state).toBe('adoptable');
    await controller.startAgain();
    await adopted(run);
    endSleep(882);
    await expectWhole(run, await client);
    const cancelled = controller.shelf.supervisor.runs().filter(({ specName }) => specName.includes('/again/'));
    expect(cancelled.map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
  });

  test('[A-224] builds what came while another text was built, also when it was killed then', async () => {
    const of = (last: string): object[] => [project('w', [onTiny, shell(long(883)), shell(last)])];
    const first = await controller.push('waits', of('echo first'));
    await expect.poll(() => logOf(first.run, 'w', '2')).toBe('begun\n');
    expect(await controller.push('waits', of('echo second'))).toMatchObject({ state: 'waits', run: first.run });
    expect(await controller.push('waits', of('echo third'))).toMatchObject({ state: 'waits', run: first.run });
    await controller.end('SIGKILL');
    await controller.startAgain();
    await expect.poll(() => newestOf('waits', 'running')).not.toBe(first.run);
    const running = await newestOf('waits', 'running');
    await adopted(running);
    expect(await controller.push('waits', of('echo fourth'))).toMatchObject({ state: 'waits', run: running });
    endSleep(883);
    await expect.poll(() => logOf(running, 'w', '3')).toBe('third\n');
    await expect.poll(() => newestOf('waits', 'built')).not.toBe(running);
    const newest = await newestOf('waits', 'built');
    expect(logOf(newest, 'w', '3')).toBe('fourth\n');
    expect(await (await controller.ask(`/runs/${newest}/logs/w/2`)).text()).toBe('begun\ndone\n');
  });
});

/** A step that goes on when the test ends its `sleep`. */
function long(seconds: number): string {
  return `echo begun; echo ran >> lines; { sleep ${seconds} || :; } 2>/dev/null; echo done`;
}

function endSleep(seconds: number): void {
  const pids = pidsOf('sleep', String(seconds));
  expect(pids).toHaveLength(1);
  for (const pid of pids) process.kill(pid, 'SIGTERM');
}

/** Waits until a run of this name goes on with what another process has begun. */
async function adopted(run: string): Promise<void> {
  const events = () => controller.shelf.supervisor.events(run);
  await expect.poll(() => events().filter(({ type }) => type === 'step-adopted')).toMatchObject([{ step: '2-shell' }]);
}

/** Each event once and in order, and each step once. */
async function expectWhole(run: string, events: readonly BuildEvent[]): Promise<void> {
  expect(events).toEqual(controller.shelf.supervisor.events(run));
  expect(events.map((event) => ('seq' in event ? event.seq : 0))).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ type }) => type === 'step-adopted')).toHaveLength(1);
  const started = events.flatMap((event) => (event.type === 'step-started' ? [event.step] : []));
  expect(started).toEqual([...new Set(started)]);
  expect(started).toContain('2-shell');
  expect(events.at(-1)).toMatchObject({ type: 'run-ended', result: 'built' });
  expect(await (await controller.ask(`/runs/${run}/logs/k/3`)).text()).toBe('ran\n');
  expect(await (await controller.ask(`/runs/${run}/logs/k/2`)).text()).toBe('begun\ndone\n');
}

/** The events of all runs, up to the end of this one. */
async function allUntilEndOf(run: string): Promise<BuildEvent[]> {
  const events: BuildEvent[] = [];
  for await (const event of controller.allEvents()) {
    events.push(event);
    if (event.type === 'run-ended' && event.run === run) break;
  }
  return events;
}

async function all(run: string): Promise<BuildEvent[]> {
  const events: BuildEvent[] = [];
  for await (const event of controller.events(run)) events.push(event);
  return events;
}

function logOf(run: string, name: string, step: string): string {
  try {
    return readFileSync(controller.shelf.supervisor.logFile({ run, project: name, step }), 'utf8');
  } catch {
    return ''; // It has not begun.
  }
}

/** The id of the newest run of a specification, once it has this state. */
async function newestOf(name: string, state: string): Promise<string> {
  let id = '';
  await expect
    .poll(async () => {
      const { newest } = (await controller.json(`/specifications/${name}`)) as {
        newest?: { id: string; state: string };
      };
      id = newest?.id ?? '';
      return newest?.state;
    })
    .toBe(state);
  return id;
}

function git(...words: readonly string[]): string {
  const as = ['-c', 'user.name=Tester', '-c', 'user.email=tester@host.invalid'];
  return execFileSync('git', [...as, '-C', repository, ...words], { encoding: 'utf8' }).trim();
}

/** Gives its id. */
function commit(projects: readonly object[]): string {
  mkdirSync(join(repository, 'ci'), { recursive: true });
  writeFileSync(join(repository, 'ci/build.yaml'), JSON.stringify({ projects }));
  git('add', '.');
  git('commit', '--quiet', '--allow-empty', '--message', 'Change');
  return git('rev-parse', 'HEAD');
}

const payload = (ref: string): string => JSON.stringify({ ref, after: 'whatever' });

function signature(branch: string): string {
  return createHmac('sha256', SECRET)
    .update(payload(`refs/heads/${branch}`))
    .digest('hex');
}

/** Delivers a push, by default as GitHub does. */
async function deliver({
  ref = 'refs/heads/main',
  sign = { 'X-Hub-Signature-256': `sha256=${createHmac('sha256', SECRET).update(payload(ref)).digest('hex')}` },
}: { readonly ref?: string; readonly sign?: Record<string, string> } = {}): Promise<object> {
  return await controller.json('/hooks/hooked', {
    method: 'POST',
    body: payload(ref),
    headers: { Authorization: '', 'X-GitHub-Event': 'push', 'Content-Type': 'application/json', ...sign },
  });
}
