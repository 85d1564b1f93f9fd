import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { queueOf } from '../../fleet/placement/queues.ts';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { onTiny, project, publish, shell, whatHostLacks } from '../supervisor/test-store.ts';
import { postgresPrograms } from './postgres.ts';
import { gate, openTestFleet } from './workers.ts';
import type { TestFleet, Worker } from './workers.ts';

const lacking = (await whatHostLacks()) !== '' || postgresPrograms() === undefined;
let rig: TestFleet;

beforeAll(async () => {
  if (!lacking) rig = await openTestFleet();
});
afterAll(() => rig?.close());

const ended = (event: BuildEvent): boolean => event.type === 'run-ended';
const asking = (name: string, steps: readonly object[], runsOn: unknown): object => ({
  ...project(name, steps),
  'runs-on': runsOn,
});

describe.skipIf(lacking)('a project that says what its host has to be', () => {
  let special: Worker;
  const begun = async (worker: Worker): Promise<void> => {
    await vi.waitFor(() => expect(worker.said()).toContain('builds for'));
  };
  const statusOf = async (run: string): Promise<string> => (await rig.command(['status', run])).stdout;
  const builtBy = async (run: string): Promise<Record<string, string>> => {
    const rows = await rig.fleet.database.query<{ name: string; worker_store: string }>(
      'select name, worker_store from contractor.projects where run = $1',
      [run],
    );
    return Object.fromEntries(rows.map(({ name, worker_store: store }) => [name, store]));
  };

  test('[A-248] is built by a worker that is that, and left alone by others; [A-249] as long as there is none, that is said', async () => {
    const making = (name: string): object[] => [onTiny, shell('echo 1 > made; chmod 644 made'), publish(name)];
    const run = await rig.submit([
      asking('special', making('s'), { labels: ['gpu', 'zone=eu'], memory: '1M' }),
      project('plain', making('p')),
    ]);
    expect(await statusOf(run)).toContain('No worker lives: what is to be built waits for one.');
    const plain = rig.worker('plain', 1, ['--labels', 'zone=us']);
    await begun(plain);
    await rig.eventsUntil(run, (event) => event.type === 'project-ended' && event.project === 'plain');
    // It has looked again since, with nothing else to do.
    await vi.waitFor(async () => expect(await statusOf(run)).toContain('One lives'));
    expect(await statusOf(run)).toContain(
      '`special` waits for a worker with 1 MiB of memory, the label `gpu`, the label `zone=eu`. One lives: `',
    );
    const policy = join(rig.store.work, 'policy.yaml');
    writeFileSync(policy, 'tools: [debootstrap]\nlimits: { memory: 900T }\n');
    special = rig.worker('special', 1, ['--labels', 'gpu=a100,zone=eu', '--policy', policy]);
    await begun(special);
    const events = await rig.eventsUntil(run, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    expect(await builtBy(run)).toEqual({ special: special.store, plain: plain.store });
    expect(await statusOf(run)).not.toContain('waits for');
    // The same, wherever it was made.
    const digests = await rig.fleet.database.query<{ digest: string }>(
      'select digest from contractor.artifacts where name <> $1',
      ['tiny'],
    );
    expect(new Set(digests.map(({ digest }) => digest)).size).toBe(1);
    await plain.end();
  });

  test('[A-261] that the policy of its worker does not admit, is refused before any step, with the rule', async () => {
    const run = await rig.submit([
      asking('fetching', [{ action: 'git', url: 'https://elsewhere.invalid/x.git' }, publish('x')], ['gpu']),
    ]);
    const events = await rig.eventsUntil(run, ended);
    expect(events.map(({ type }) => type)).toEqual([
      'run-started',
      'project-started',
      'step-ended',
      'project-ended',
      'run-ended',
    ]);
    expect(events[2]).toMatchObject({
      outcome: {
        type: 'refused',
        code: 'POLICY_REFUSES',
        message: expect.stringContaining('`fetching:1-git` uses the tools of `git` (rule `tools`)') as unknown,
      },
    });
    expect(await statusOf(run)).toContain('rule `tools`');
  });

  test('[A-244] whose worker comes back with a policy that does not admit it any more, is ended and fails', async () => {
    const run = await rig.submit([
      asking('admitted', [onTiny, shell(gate('never'), { limits: { memory: '1G' } }), publish('y')], ['gpu']),
    ]);
    await rig.running(run);
    await special.kill();
    const policy = join(rig.store.work, 'stricter.yaml');
    writeFileSync(policy, 'limits: { memory: 512M }\n');
    special = rig.worker('special', 1, ['--labels', 'gpu', '--policy', policy]);
    await begun(special);
    const events = await rig.eventsUntil(run, ended);
    expect(events.findLast(({ type }) => type === 'step-ended')).toMatchObject({
      outcome: { type: 'refused', code: 'POLICY_REFUSES', message: expect.stringContaining('512 MiB') as unknown },
    });
    const own = createSupervisor({ store: special.store });
    expect(own.runs()[0]?.state).toBe('cancelled');
    await own.close();
    await special.end();
    await vi.waitFor(async () => {
      expect(await rig.fleet.database.query('select name from contractor.workers where until > now()')).toEqual([]);
    });
  });

  test('[A-249] and is of no host there is, is told of as it is handed in, and can be cancelled', async () => {
    const small = rig.worker('small');
    await begun(small);
    const file = join(rig.store.work, 'huge.yaml');
    writeFileSync(file, JSON.stringify({ projects: [asking('huge', [onTiny, shell('true')], { memory: '900T' })] }));
    const { promise: listening, resolve } = Promise.withResolvers<{ press: () => void; said: () => string }>();
    const looking = rig.command(['build', file, '--artifacts', rig.place], {
      interrupt: (press, said) => resolve({ press, said }),
    });
    const { press, said } = await listening;
    await vi.waitFor(() =>
      expect(said()).toMatch(/`huge` waits for a worker with 900 TiB of memory\. .* lacks 900 TiB/),
    );
    press();
    expect((await looking).status).toBe(130);
    expect((await rig.command(['cancel'])).stdout).toMatch(/^Run \w+: cancelled\.\n$/);

    // What others have written there, and is nothing of the kind, ends nobody.
    const { database } = rig.fleet;
    await database.query(
      `insert into contractor.runs (id, created_at, spec_name, spec_text, options) values ('odd', 1, '', '', '{}')`,
    );
    const unmade = { labels: ['os=linux'] };
    const odds = ['null', '[7]', '{"labels":[7]}', '{"labels":5,"memoryBytes":{}}', JSON.stringify(unmade)];
    for (const [index, odd] of odds.entries()) {
      const name = odd === odds.at(-1) ? queueOf(unmade) : `odd${index}\u001b]0;x\u0007`;
      await database.query('insert into contractor.queues (name, runs_on) values ($1, $2)', [name, odd]);
      await database.query(
        `insert into contractor.projects (run, name, position, depends_on, takes, makes, first_step, queue, state)
         values ('odd', $1, 0, '{}', '{}', '{}', '1', $1, 'ready')`,
        [name],
      );
      await database.query(`insert into contractor.workers values ($1, $2, 1, now() + interval '1 hour')`, [name, odd]);
    }
    const fine = { architecture: 'm68k', memoryBytes: 1, labels: [] };
    await database.query(`insert into contractor.workers values ($1, $2, 1, now() + interval '1 hour')`, [
      'loud\u001b]0;x\u0007',
      JSON.stringify(fine),
    ]);
    const sound = await rig.submit([
      asking('sound', [onTiny, shell('true')], { memory: '1M' }),
      asking('never', [onTiny, shell('true')], 'nowhere'),
    ]);
    await rig.eventsUntil(sound, (event) => event.type === 'project-ended' && event.project === 'sound');
    expect(await statusOf(sound)).toMatch(/ live: .*loud.* lacks the label `nowhere`/);
    expect(await statusOf(sound)).not.toMatch(/[^\P{C}\n]/u);
    await small.end();
  });
});
