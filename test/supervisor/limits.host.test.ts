import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findIdMap } from '../../sandbox/id-map.ts';
import { findControlGroups, NO_CONTROL_GROUPS } from '../../sandbox/limits/control-groups.ts';
import { thisHost } from '../../supervisor/placement/this-host.ts';
import { controlGroupsOf } from './control-groups-of.ts';
import { onTiny, openTestStore, project, publish, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
const groups = lacking === '' ? await findControlGroups(findIdMap()) : NO_CONTROL_GROUPS;
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

describe.skipIf(lacking !== '')('limits that are only watched', () => {
  const steps = (limits: object): readonly object[] => [onTiny, shell('true', { limits })];

  test.for([
    { how: 'the specification', limits: { disk: '1G', strict: true }, options: {} },
    { how: 'the caller', limits: { disk: '1G' }, options: { strict: true } },
  ])('[A-74] are refused before any work, when $how wants it so', async ({ limits, options }) => {
    const before = store.supervisor.runs().length;
    await expect(store.build([project('p', steps(limits))], options)).rejects.toMatchObject({
      code: 'HOST_UNSUITABLE',
      message: expect.stringContaining('`disk` of p/2-shell') as unknown,
      mend: expect.stringContaining('without `strict`') as unknown,
    });
    expect(store.supervisor.runs()).toHaveLength(before);
  });

  test('[A-74] are said as a build begins', async () => {
    const { result, events } = await store.build([project('p', steps({ disk: '1G' }))]);
    expect(result).toBe('built');
    const told = events.flatMap((event) => (event.type === 'run-started' ? (event.unenforced ?? []) : []));
    expect(told.map(({ limit }) => limit)).toContain('disk');
  });

  test('are shown by a plan, with what each step may use up', async () => {
    const plan = await store.supervisor.plan({ value: { projects: [project('p', steps({ memory: '1G' }))] } });
    expect(plan.limits.find(({ limit }) => limit === 'disk')).toMatchObject({ mechanism: 'watching' });
    const [systree, step] = plan.projects[0]?.steps ?? [];
    expect(systree?.limits).toBeUndefined();
    expect(step?.limits).toContainEqual({ limit: 'memory', value: 2 ** 30, unit: 'bytes', isGiven: true });
    expect(step?.limits).toContainEqual({ limit: 'processes', value: 4096, unit: 'processes', isGiven: false });
  });

  test('are told by doctor', async () => {
    const found = (await store.supervisor.checkHost()).find(({ name }) => name === 'limits');
    expect(found?.found).toMatch(/memory.* by (watching|cgroup-v1|cgroup-v2|systemd-scope)/);
  });
});

describe.skipIf(groups.places.length === 0)('the control groups of a keeper (mostly to be had as root only)', () => {
  test('[A-75] are removed when it was killed with its guardian, where there are any', async () => {
    const value = {
      projects: [project('p', [onTiny, shell('[ -e /workspace/x ] || sleep 20', { timeout: '2s' })])],
    };
    const run = await store.supervisor.build({ value }, { noCache: true });
    for await (const event of run.events()) {
      if (event.type !== 'step-started' || event.step !== '2-shell' || event.attempt > 1) continue;
      const keepers = join(store.store, 'keepers');
      await expect.poll(() => readdirSync(keepers)).toHaveLength(1);
      const pidFile = join(keepers, readdirSync(keepers)[0] ?? '', 'pid');
      await expect.poll(() => textIfAny(pidFile)).toMatch(/^\d+ .*\n\d+ /);
      // It is in its groups by then, or they are yet to be made by the attempt.
      for (const line of textIfAny(pidFile).trim().split('\n')) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
    }
    expect(await run.result).toBe('failed');
    expect(outcomes(run.id)).toEqual(['succeeded', 'interrupted', 'timed-out']);
    expect(controlGroupsOf(run.id, store, groups)).toEqual([]);
  });
});

function outcomes(run: string): string[] {
  return store.supervisor.events(run).flatMap((event) => (event.type === 'step-ended' ? [event.outcome.type] : []));
}

function textIfAny(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const making = [onTiny, shell('echo 1 > made; chmod 644 made'), publish('made')];
const other = thisHost().architecture === 'amd64' ? 'arm64' : 'amd64';

describe.skipIf(lacking !== '')('[A-247] a project that asks for another host', () => {
  test('labels and memory are told of, and change neither a digest nor what has to be run', async () => {
    const plain = { ...project('p', making) };
    const asking = { ...plain, 'runs-on': { labels: ['gpu', 'os=linux'], memory: '900T' } };
    const first = await store.build([asking], { noCache: false });
    expect(first.result).toBe('built');
    expect(first.events[0]).toMatchObject({
      type: 'run-started',
      elsewhere: [{ project: 'p', missing: [{ type: 'memory' }, { type: 'label', wanted: 'gpu' }] }],
    });
    const published = first.events.filter(({ type }) => type === 'artifact-published');
    const again = await store.build([plain], { noCache: false });
    expect(again.events.map(({ type }) => type)).toEqual(['run-started', 'run-ended']);
    expect(again.events[0]).not.toHaveProperty('elsewhere');
    const anew = await store.build([plain]);
    expect(anew.events.filter(({ type }) => type === 'artifact-published')).toMatchObject(
      published.map((event) => (event.type === 'artifact-published' ? { digest: event.digest, isNew: false } : event)),
    );
  });

  test('another architecture is refused before any work, and only where its project is to be built', async () => {
    const projects = [project('here', [onTiny]), { ...project('there', making), 'runs-on': { architecture: other } }];
    const runs = store.supervisor.runs().length;
    await expect(store.build(projects)).rejects.toMatchObject({
      code: 'HOST_UNSUITABLE',
      message: expect.stringContaining(`there: \`runs-on\` asks for the architecture \`${other}\``) as unknown,
      mend: expect.stringContaining('name the projects') as unknown,
    });
    expect(store.supervisor.runs()).toHaveLength(runs);
    expect((await store.build(projects, { projects: ['here'] })).result).toBe('built');
    const plan = await store.supervisor.plan({ value: { projects }, directory: store.work });
    expect(plan.projects[1]?.runsOn).toEqual({
      architecture: other,
      missing: [{ type: 'architecture', wanted: other, is: thisHost().architecture }],
    });
  });
});

test.skipIf(lacking !== '')(
  '[A-260] what a policy does not admit is refused before any host is asked, and any work',
  async () => {
    const runs = store.supervisor.runs().length;
    const fetching = project('p', [{ action: 'git', url: 'https://elsewhere.invalid/x.git' }]);
    await expect(store.build([fetching], { policy: { hosts: ['deb.debian.org'] } })).rejects.toMatchObject({
      code: 'POLICY_REFUSES',
      message: expect.stringContaining(
        '`p:1-git` fetches from `https://elsewhere.invalid/x.git` (rule `hosts`)',
      ) as unknown,
    });
    expect(store.supervisor.runs()).toHaveLength(runs);
    const given = project('q', [onTiny, shell('true', { limits: { memory: '1G' } })]);
    expect((await store.build([given], { policy: { tools: [], limits: { memoryBytes: 2 ** 30 } } })).result).toBe(
      'built',
    );
  },
);
