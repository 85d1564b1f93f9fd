import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSupervisor } from '../../../supervisor/create-supervisor.ts';
import type { Supervisor } from '../../../supervisor/supervisor.ts';
import { killedAt } from '../../supervisor/killed-build.ts';
import { onTiny, openTestStore, project, shell, whatHostLacks } from '../../supervisor/test-store.ts';
import type { TestStore } from '../../supervisor/test-store.ts';
import { actions, script, speak as speaking } from './sample-actions.ts';
import type { OwnAction, OwnActionContext } from '../../../actions/own/own-action.ts';

const lacking = await whatHostLacks();
const module = join(import.meta.dirname, 'sample-actions.ts');
let store: TestStore;
const opened: Supervisor[] = [];

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterEach(async () => {
  for (const supervisor of opened.splice(0)) await supervisor.close();
});
afterAll(() => store?.close());

/** A supervisor of the same store that has own actions. */
function withActions(given: readonly OwnAction[] = actions): Supervisor {
  const supervisor = createSupervisor({ store: store.store, actions: given });
  opened.push(supervisor);
  return supervisor;
}

const own = (...lines: readonly string[]): object => ({ action: 'script', 'container-name': 'c', lines });
const speak = (word: string, keys: object = {}): object => ({ action: 'speak', word, ...keys });
const source = (steps: readonly object[], name = 'p') => ({
  value: { projects: [project(name, steps)] },
  directory: store.work,
});

async function built(supervisor: Supervisor, steps: readonly object[], { noCache = true } = {}) {
  const run = await supervisor.build(source(steps), { noCache });
  const result = await run.result;
  const attempts = supervisor.run(run.id).projects[0]?.steps.map((step) => step.attempts.map(({ outcome }) => outcome));
  return { id: run.id, result, attempts, log: (step: string) => logOf(run.id, step) };
}

function logOf(run: string, step: string): string {
  try {
    return readFileSync(store.supervisor.logFile({ run, project: 'p', step }), 'utf8');
  } catch {
    return '';
  }
}

/** What the code of a program may throw, say or give beside anything that it should. */
const trap = (): never => {
  throw new Error('trapped');
};
const proxy = (): object => new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap, has: trap });

const thrown = (anything: unknown): never => {
  throw anything;
};

const odd: Readonly<Record<string, (context: OwnActionContext) => unknown>> = {
  'throws null': () => thrown(null),
  'throws what has no text': () => thrown(Object.create(null)),
  'throws a proxy': () => thrown(proxy()),
  'throws an error whose message cannot be had': () => {
    throw Object.defineProperty(new Error('x'), 'message', { get: trap });
  },
  'throws an error of 30 million letters': () => {
    throw new Error('x'.repeat(30_000_000));
  },
  'logs what has no text': ({ log }) => log(Object.create(null) as string),
  'tells a progress that is none': ({ progress }) => progress(null as never),
  'gives a proxy': () => proxy(),
  'gives what cannot be copied': () => ({ resolved: new Proxy([], {}) }),
  'gives another result each time that it is looked at': () => {
    let looks = 0;
    return Object.defineProperty({}, 'files', {
      enumerable: true,
      get: () => ((looks += 1) > 1 ? { '../x': '' } : {}),
    });
  },
};

describe.skipIf(lacking !== '')('[A-204] an action whose code', () => {
  test.for(Object.entries(odd))('%s ends as an outcome', async ([, run]) => {
    const action = { ...speaking, name: 'odd', parameters: {}, required: [] };
    const code = async (_: unknown, context: OwnActionContext) => run(context);
    const supervisor = withActions([{ ...action, run: code } as OwnAction]);
    const { result, attempts, log } = await built(supervisor, [{ action: 'odd' }]);
    expect(result).toBe('failed');
    expect(attempts?.[0]).toMatchObject([{ type: expect.stringMatching(/^(?:failed|refused)$/) as unknown }]);
    const [outcome] = attempts?.[0] ?? [];
    expect(outcome !== undefined && 'message' in outcome ? outcome.message : '').toMatch(/^.{1,600}$/);
    expect(log('1').length).toBeLessThan(100_000);
  });

  test('gives more files than a command has arguments for, has them written', async () => {
    const paths = Array.from(
      { length: 9000 },
      (_, index) => `some/directory-${index % 10}/${'f'.repeat(240)}-${index}`,
    );
    const many = { ...speaking, name: 'many', parameters: {}, required: [] };
    const run = async () => ({ files: Object.fromEntries(paths.map((path) => [path, path])) });
    const supervisor = withActions([{ ...many, run }]);
    const steps = [{ action: 'many' }, onTiny, shell('ls some/* | grep -c fff; cat some/directory-7/f*-8997')];
    const { result, log } = await built(supervisor, steps);
    expect(result).toBe('built');
    expect(log('3')).toBe(`9000\n${paths[8997]}`);
  });
});

describe.skipIf(lacking !== '')('own actions', () => {
  test('[A-201] a command in a container is sandboxed as `shell` is: same witness, limits and receipt', async () => {
    const supervisor = withActions();
    const line = 'echo "$GREETING"; id -u; echo made > made';
    const { id, result, log } = await built(supervisor, [onTiny, own(line), shell(line.replace('$GREETING', ''))]);
    expect(result).toBe('built');
    expect(log('2')).toBe('hello\n1000\n');
    const [mine, theirs] = await Promise.all(
      ['2', '3'].map((step) => supervisor.receipt({ run: id, project: 'p', step })),
    );
    expect(mine?.witness).toMatchObject({ differences: [] });
    expect(mine?.witness?.found).toMatchObject({ uid: '1000', 'network-interfaces': 'lo' });
    expect(Object.keys(mine?.witness?.found ?? {})).toEqual(Object.keys(theirs?.witness?.found ?? {}));
    const plan = await supervisor.plan(source([onTiny, own(line), shell(line)]));
    const [, planned, other] = plan.projects[0]?.steps ?? [];
    expect(planned?.isolation).toEqual(other?.isolation);
    expect(planned?.expected?.controls).toEqual(other?.expected?.controls);
    expect(planned?.limits).toEqual(other?.limits);
  });

  test('[A-201] a tool of the host without network has none, and sees no home', async () => {
    const { id, result, log } = await built(withActions(), [{ action: 'look' }]);
    expect(result).toBe('built');
    expect(log('1')).toMatch(/lo:/);
    expect(log('1')).not.toMatch(/(?:eth|en|wl|veth|docker)\S*:/);
    expect(log('1')).toMatch(/\/home:\nbuilder\n/);
    expect(log('1')).toMatch(/\n\/workspace\n$/);
    expect(store.supervisor.run(id).state).toBe('built');
  });

  test('[A-200] the code of the program writes files for the steps after it, and says what it has read', async () => {
    const supervisor = withActions();
    const steps = [onTiny, speak('write'), shell('cat deep/down/note.txt top; ls -ld deep; echo x > deep/down/more')];
    const { id, result, log } = await built(supervisor, steps);
    expect(result).toBe('built');
    expect(log('2')).toBe('asked to write\n');
    expect(log('3')).toMatch(/^noted\nA\ndrwxr-xr-x .* (?:1000|builder) /);
    const receipt = await supervisor.receipt({ run: id, project: 'p', step: '2' });
    expect(JSON.stringify(receipt)).toContain('https://example.org/word');
  });

  test('[A-200] a result is taken over by its key, until the version of the action is another, and `why` says so', async () => {
    const steps = [onTiny, own('echo kept')];
    expect(await built(withActions(), steps, { noCache: false })).toMatchObject({ result: 'built' });
    const [state] = (await withActions().outOfDate(source(steps))).projects;
    expect(state).toMatchObject({ type: 'current' });
    const newer = withActions([{ ...script, version: '2' }]);
    expect((await newer.outOfDate(source(steps))).projects[0]).toMatchObject({
      type: 'stale',
      step: '2-script',
      because: { type: 'action-changed', before: 'script, version 1', now: 'script, version 2' },
    });
  });

  test('[A-202] a command whose program was killed with -9 is taken over by one that has the action', async () => {
    const run = await killedAt(store, {
      projects: [project('p', [onTiny, own('echo begun', 'echo ran >> count', 'sleep 1', 'echo ended', 'cat count')])],
      step: '2-script',
      meanwhile: async (id) => {
        await vi.waitFor(() => expect(logOf(id, '2')).toBe('begun\n'), { interval: 5 });
      },
      actions: module,
    });
    const without = await store.supervisor.resume(run).catch((error: unknown) => error);
    expect(without).toMatchObject({
      code: 'ACTION_NOT_GIVEN',
      message: expect.stringContaining('p:2-script: The action `script`') as unknown,
    });
    expect(await store.supervisor.cancel(run).catch((error: unknown) => error)).toMatchObject({
      code: 'ACTION_NOT_GIVEN',
    });
    const supervisor = withActions();
    expect(await (await supervisor.resume(run)).result).toBe('built');
    expect(supervisor.events(run).filter(({ type }) => type === 'step-adopted')).toHaveLength(1);
    expect(logOf(run, '2')).toBe('begun\nended\nran\n');
  });

  test('[A-203] a recorded run is refused before any work by who lacks its action, and nothing of it is lost', async () => {
    const run = await killedAt(store, {
      projects: [project('p', [speak('write'), onTiny, own('cat top')])],
      step: '2-create-systree',
      actions: module,
    });
    const before = store.supervisor.events(run).length;
    const lacksOne = withActions(actions.filter(({ name }) => name !== 'script'));
    for (const supervisor of [store.supervisor, lacksOne]) {
      await expect(supervisor.resume(run)).rejects.toMatchObject({
        code: 'ACTION_NOT_GIVEN',
        message: expect.stringMatching(/^p:(?:1-speak|3-script): /) as unknown,
      });
      await expect(supervisor.runPlan(run, 'p')).rejects.toMatchObject({ code: 'ACTION_NOT_GIVEN' });
    }
    expect(store.supervisor.events(run)).toHaveLength(before);
    const supervisor = withActions();
    expect(await (await supervisor.resume(run)).result).toBe('built');
    expect(supervisor.run(run).projects[0]?.steps[0]?.attempts).toHaveLength(1);
    expect(logOf(run, '3')).toBe('A\n');
  });

  test.for([
    ['throws', 'throw', { type: 'failed', exitCode: 1, message: 'the service said no' }],
    ['says that it failed', 'fail', { type: 'failed', message: 'it is not to be had', hint: 'Ask again.' }],
    ['gives a function', 'function', { type: 'refused', code: 'ACTION_BROKEN' }],
    ['gives what is no JSON', 'class', { type: 'refused', code: 'ACTION_BROKEN' }],
    ['writes outside of the workspace', 'outside', { type: 'refused', code: 'ACTION_BROKEN' }],
  ] as const)('[A-204] an action that %s ends as an outcome, and the supervisor goes on', async ([, word, outcome]) => {
    const { result, attempts } = await built(withActions(), [speak(word)]);
    expect(result).toBe('failed');
    expect(attempts?.[0]).toMatchObject([outcome]);
  });

  test('[A-204] one that hangs is given up at its timeout, and at a cancel; one that throws is tried again', async () => {
    const supervisor = withActions();
    const hung = await built(supervisor, [speak('hang', { timeout: 0.2 })]);
    expect(hung).toMatchObject({ result: 'failed', attempts: [[{ type: 'timed-out', timeoutMs: 200 }]] });
    const run = await supervisor.build(source([speak('hang')]), { noCache: true });
    for await (const { type } of run.events()) if (type === 'step-started') run.cancel();
    expect(await run.result).toBe('cancelled');
    const { attempts } = await built(supervisor, [speak('throw', { retries: 1 })]);
    expect(attempts?.[0]).toMatchObject([{ type: 'failed' }, { type: 'failed' }]);
  });

  test('[A-201] a shell in the container of an own step has its files, and runs what it is told', async () => {
    const supervisor = withActions();
    const { id } = await built(supervisor, [onTiny, own('echo made > made')]);
    const session = await supervisor.workbench.open(
      { type: 'step', run: id, project: 'p', step: '2', moment: 'after' },
      { script: 'cat made' },
    );
    let said = '';
    session.data.on('data', (chunk: Buffer) => (said += chunk.toString()));
    session.data.end();
    expect(await session.outcome).toEqual({ type: 'succeeded' });
    await session.end();
    expect(said).toContain('made\n');
  });
});
