import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSpecFile } from '../../supervisor/spec-source.ts';
import type { StepStateReference } from '../../supervisor/workbench.ts';
import { onTiny, onWritableTiny, openTestStore, project, publish, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

const at = (run: string, step: string, moment: 'before' | 'after' = 'after'): StepStateReference => ({
  type: 'step',
  run,
  project: 'p',
  step,
  moment,
});

/** Makes a step by hand, by commands. */
async function byHand(state: StepStateReference, script: string): Promise<number> {
  const session = await store.supervisor.workbench.open(state, { command: ['/bin/sh', '-c', script], commit: true });
  session.data.end();
  try {
    await session.outcome;
    return (await session.commit()).attempt;
  } finally {
    session.data.resume();
    session.errors.resume();
    await session.end();
  }
}

const files = async (run: string, step: string): Promise<string[]> => {
  const { parts } = await store.supervisor.workbench.compare(at(run, step, 'before'), at(run, step));
  return parts.flatMap(({ type, changes }) => changes.map((change) => `${type} ${change.type} ${change.path}`));
};

const steps = [
  onWritableTiny,
  shell('echo 1 > a; mkdir d; echo x > d/x'),
  shell('echo half > b; rm -r d; mkdir d; echo y > d/y; echo z > /etc/half; exit 3'),
  shell('cat a b c d/y /etc/half /etc/hand; ! test -e d/x'),
  publish('made'),
];

describe.skipIf(lacking !== '')('a step that was made by hand', () => {
  test('[A-132] goes on from where it failed, and has what the failed attempt and the shell have made', async () => {
    const { id, result } = await store.build([project('p', steps)], { onFailure: 'pause' });
    expect(result).toBe('paused');
    expect(await byHand(at(id, '3'), 'echo hand > c; echo h > /etc/hand; echo shown')).toBe(2);
    const details = store.supervisor.run(id);
    // Nothing is to be decided any more.
    expect([details.state, details.projects[0]?.paused]).toEqual(['interrupted', undefined]);
    expect(details.projects[0]?.steps[2]?.attempts.map(({ outcome }) => outcome)).toEqual([
      { type: 'failed', exitCode: 3 },
      { type: 'succeeded', byHand: true },
    ]);
    expect(await files(id, '3')).toEqual([
      'workspace added b',
      'workspace added c',
      'workspace removed d/x',
      'workspace added d/y',
      'container added etc/half',
      'container added etc/hand',
    ]);
    expect(await (await store.supervisor.resume(id)).result).toBe('built');
    // The failed attempt is still there to be looked at.
    const before = at(id, '3', 'before');
    const failed = await store.supervisor.workbench.compare({ ...before, attempt: 1 }, { ...at(id, '3'), attempt: 1 });
    expect(failed.parts[0]?.changes.map(({ path }) => path)).toEqual(['b', 'd/x', 'd/y']);
  });

  test('[A-132] can be made of a run that has ended as failed, which then goes on', async () => {
    const projects = [
      project('p', steps),
      project('after', [onTiny, shell('true')], { 'depends-on': ['p'] }),
      project('q', [onTiny, shell('exit 1')]),
    ];
    const { id, result } = await store.build(projects, { jobs: 1 });
    expect(result).toBe('failed');
    await byHand(at(id, '3', 'before'), 'rm -r d; mkdir d; for f in b c d/y /etc/half /etc/hand; do echo > $f; done');
    expect(store.supervisor.run(id).state).toBe('interrupted');
    // Another project has failed too, or was not begun: that is as before.
    const resumed = await store.supervisor.resume(id);
    await resumed.result;
    expect(store.supervisor.run(id).projects[0]).toMatchObject({ name: 'p', result: 'built' });
  });

  test('[A-133] says so in receipt, log and provenance, and what it began with', async () => {
    const { id } = await store.build([project('p', steps)], { onFailure: 'pause' });
    await byHand(at(id, '3'), 'echo hand > c; echo h > /etc/hand; echo shown; echo wrong >&2');
    await (
      await store.supervisor.resume(id)
    ).result;
    const [first, second] = store.supervisor.run(id).projects[0]?.steps[2]?.attempts ?? [];
    const receipt = await store.supervisor.receipt({ run: id, project: 'p', step: '3' });
    expect(receipt).toMatchObject({
      attempt: { id: second?.id, number: 2 },
      byHand: { began: 'after', attempt: first?.id },
      network: false,
      outcome: { type: 'succeeded', byHand: true },
    });
    const log = readFileSync(store.supervisor.logFile({ run: id, project: 'p', step: '3' }), 'utf8');
    expect(log.split('\n').toSorted()).toEqual(['', 'shown', 'wrong']);
    expect(receipt.witness?.differences).toEqual([]);
    expect(receipt.witness?.command.join(' ')).toContain('echo hand > c');
    const { statement } = store.supervisor.artifacts.provenance('made');
    const { isolation } = (
      JSON.parse(statement) as {
        predicate: { buildDefinition: { internalParameters: { isolation: { step: string; byHand?: boolean }[] } } };
      }
    ).predicate.buildDefinition.internalParameters;
    expect(isolation.flatMap(({ step, byHand: by }) => (by === true ? [step] : []))).toEqual(['3-shell']);
    expect((await store.supervisor.artifacts.verify('made')).provenance.state).toBe('intact');
  });

  test('[A-134] is taken over by no other build, and nothing is that rests on it', async () => {
    const file = join(store.work, 'build.yaml');
    const write = (last: string): void =>
      writeFileSync(
        file,
        JSON.stringify({ projects: [project('p', [onTiny, shell('echo 1 > a'), shell('exit 3'), shell(last)])] }),
      );
    write('exit 4');
    const first = await store.supervisor.build(readSpecFile(file), { onFailure: 'pause' });
    await first.result;
    await byHand(at(first.id, '3'), 'echo hand > c');
    expect(await (await store.supervisor.resume(first.id)).result).toBe('paused');
    write('true');
    const second = await store.supervisor.build(readSpecFile(file));
    expect(await second.result).toBe('failed');
    const events = store.supervisor.events(second.id);
    expect(events.flatMap((event) => (event.type === 'step-reused' ? [event.step] : []))).toEqual([
      '1-create-systree',
      '2-shell',
    ]);
    expect(events.find(({ type }) => type === 'step-dropped')).toMatchObject({
      step: '3-shell',
      because: 'it was made by hand',
    });
  });

  test.each([
    ['before', 'runInIdMap', 'again'],
    ['after', 'runInIdMap', 'not'],
    ['before', 'readWitness', 'again'],
    ['before', 'syncFileSystems', 'whole'],
  ] as const)(
    '[A-135] is there whole or not at all when contractor is killed while it is made: %s %s, then %s',
    async (moment, call, then) => {
      const { id, events } = await store.build([project('p', steps)], { onFailure: 'pause' });
      const child = join(import.meta.dirname, 'commit-in-child.ts');
      const killed = spawnSync(process.execPath, [child, store.store, id, moment, call], { encoding: 'utf8' });
      expect([killed.signal, killed.stderr]).toEqual(['SIGKILL', '']);
      const isThere = then === 'whole';
      expect(store.supervisor.run(id).state).toBe(isThere ? 'interrupted' : 'paused');
      expect(store.supervisor.events(id)).toHaveLength(events.length + (isThere ? 2 : 0));
      // Nothing of it is in the way of another try, by hand or not.
      if (then === 'again') await byHand(at(id, '3'), 'echo hand > c; echo h > /etc/hand');
      const resumed = await store.supervisor.resume(id, then === 'not' ? { decide: 'give-up' } : {});
      expect(await resumed.result).toBe(then === 'not' ? 'failed' : 'built');
      const named = await store.supervisor.checkStore();
      expect(named.filter(({ state }) => state !== 'ok')).toEqual([]);
      expect(named.find(({ name }) => name === 'leftovers')?.found).toBe('none');
    },
  );

  test('is refused of any other step, of a run that is built, and of one that has not failed', async () => {
    const refused = (state: StepStateReference) => store.supervisor.workbench.open(state, { commit: true });
    const { id } = await store.build([project('p', steps)], { onFailure: 'pause' });
    await expect(refused(at(id, '2'))).rejects.toMatchObject({
      code: 'NOT_BY_HAND',
      mend: expect.stringContaining(':p:3-shell'),
    });
    const broken = await store
      .build([project('p', [onTiny, publish('never'), { ...onTiny, 'artifact-name': 'no' }])])
      .catch((error: unknown) => error);
    expect(broken).toBeInstanceOf(Error);
    const session = await store.supervisor.workbench.open(at(id, '3'), { command: ['/bin/cat'], commit: true });
    try {
      expect(store.supervisor.run(id).state).toBe('running');
      await expect(refused(at(id, '3'))).rejects.toMatchObject({ code: 'RUN_OWNED' });
    } finally {
      session.data.resume();
      session.errors.resume();
      await session.end();
    }
    expect(store.supervisor.run(id).state).toBe('paused');
    const built = await store.build([project('p', [onTiny, shell('true')])]);
    await expect(refused(at(built.id, '2'))).rejects.toMatchObject({ code: 'NOT_BY_HAND' });
    await byHand(at(id, '3'), 'true');
    await expect(refused(at(id, '3'))).rejects.toMatchObject({ code: 'NOT_BY_HAND' });
    await store.supervisor.cancel(id);
    expect(readdirSync(join(store.store, 'trees/attempts')).filter((name) => name.startsWith('shell-'))).toEqual([]);
  });
});
