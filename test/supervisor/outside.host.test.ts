import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { causeText } from '../../supervisor/assess/cause-text.ts';
import type { BuildOptions } from '../../supervisor/supervisor.ts';
import { flakyServer } from './flaky-server.ts';
import type { FlakyServer } from './flaky-server.ts';
import { onTiny, openTestStore, project, shell, whatHostLacks } from './test-store.ts';
import type { Ended, TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;
let server: FlakyServer;
let repository: string;

beforeAll(async () => {
  if (lacking !== '') return;
  store = await openTestStore();
  repository = join(store.work, 'repository');
  mkdirSync(repository);
  git('init', '--quiet', '--initial-branch=main');
  change('first');
  server = await flakyServer(store.work);
});
afterAll(async () => {
  server?.close();
  await store?.close();
});

function git(...argv: string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.test'];
  return execFileSync('git', [...identity, '-C', repository, ...argv], { encoding: 'utf8' }).trim();
}

/** Commits a file with that text on the present branch, and gives the commit. */
function change(text: string): string {
  writeFileSync(join(repository, 'file'), `${text}\n`);
  git('add', '.');
  git('commit', '--quiet', '--allow-empty', `--message=${text}`);
  git('update-server-info');
  return git('rev-parse', 'HEAD');
}

const build = (projects: readonly object[], options: BuildOptions = {}): Promise<Ended> =>
  store.build(projects, { noCache: false, ...options });

const ran = ({ events }: Ended): string[] =>
  events.flatMap((event) => (event.type === 'step-started' ? [event.step] : []));

const clone = (name: string, keys: object): readonly object[] => [
  project(name, [onTiny, { action: 'git', directory: 'src', ...keys }, shell('cat src/file')]),
];

async function staleText(projects: readonly object[]): Promise<string | undefined> {
  const { projects: states } = await store.supervisor.outOfDate({ value: { projects }, directory: store.work });
  const [state] = states;
  return state?.type === 'stale' ? causeText(state.because) : state?.type;
}

describe.skipIf(lacking !== '')('a step that clones', () => {
  test.for(['a path', 'an address'])(
    '[A-145] is run again when the commit behind its ref changed: %s',
    async (which) => {
      const projects = clone(`p-${which}`.replaceAll(' ', '-'), {
        url: which === 'a path' ? './repository' : `${server.url}/repository/.git`,
        ref: 'main',
      });
      const before = git('rev-parse', 'main');
      await build(projects);
      expect(ran(await build(projects))).toEqual([]);
      git('switch', '--quiet', '--create', `other-${which.length}`);
      change('elsewhere');
      expect(await staleText(projects)).toBe('current');
      git('switch', '--quiet', 'main');
      const now = change(`second of ${which}`);
      expect(await staleText(projects)).toBe(
        `the commit behind its \`ref\` changed: ${before.slice(0, 12)} → ${now.slice(0, 12)}`,
      );
      const built = await build(projects);
      expect(ran(built)).toEqual(['2-git', '3-shell']);
      expect(built.log(`p-${which}`.replaceAll(' ', '-'), '3')).toBe(`second of ${which}\n`);
      expect(readdirSync(join(store.store, 'keepers'))).toEqual([]);
    },
  );

  test('does not ask for a commit by its whole name', async () => {
    const ref = git('rev-parse', 'main');
    const projects = clone('whole', { url: `${server.url}/repository/.git`, ref });
    await build(projects);
    server.fail('refuses', 1000);
    try {
      expect(ran(await build(projects))).toEqual([]);
    } finally {
      server.fail('refuses', 0);
    }
  });

  test('[A-146] offline takes the last answer, and says so; without one it is refused before any work', async () => {
    const projects = clone('offline', { url: `${server.url}/repository/.git`, ref: 'HEAD', retries: 0 });
    await expect(build(projects, { offline: true })).rejects.toMatchObject({ code: 'OUTSIDE_UNKNOWN' });
    await build(projects);
    server.fail('refuses', 1000);
    try {
      const built = await build(projects, { offline: true });
      expect([built.result, ran(built)]).toEqual(['built', []]);
      expect(built.events[0]).toMatchObject({
        trusted: [
          {
            question: expect.stringContaining('the commit of HEAD') as unknown,
            answer: `commit ${git('rev-parse', 'main')}`,
          },
        ],
      });
      const failed = await build(projects);
      expect(failed.result).toBe('failed');
      const ended = failed.events.find((event) => event.type === 'step-ended' && event.step === '2-git');
      expect(ended).toMatchObject({ outcome: { hint: expect.stringContaining('--offline') as unknown } });
    } finally {
      server.fail('refuses', 0);
    }
  });
});

describe.skipIf(lacking !== '')('a step that copies files', () => {
  test('is not run again for other times of the same contents, and is for another mode', async () => {
    const directory = join(store.work, 'source');
    mkdirSync(directory);
    const write = (mode: string, time: string): void => {
      execFileSync('sh', [
        '-euc',
        `printf 'x' > "$1/a b\\\\c"; chmod ${mode} "$1/a b\\\\c"; touch -d '${time}' "$1/a b\\\\c"`,
        'sh',
        directory,
      ]);
    };
    write('644', '2001-01-01');
    const projects = [project('copy', [onTiny, { action: 'copy-source', path: 'source' }])];
    await build(projects);
    write('644', '2002-02-02');
    expect(await staleText(projects)).toBe('current');
    write('755', '2002-02-02');
    expect(await staleText(projects)).toBe('the files that it copies changed');
  });
});

describe.skipIf(lacking !== '')('a build', () => {
  const failing = (name: string) => project(name, [onTiny, shell('exit 3')]);
  const after = (name: string, needed: string) => project(name, [onTiny, shell('true')], { 'depends-on': [needed] });

  test('[A-147] goes on with what does not need the project that failed, when it is told to', async () => {
    const projects = [
      failing('broken'),
      after('needs', 'broken'),
      project('free', [onTiny, shell('true')]),
      after('last', 'free'),
    ];
    const built = await build(projects, { keepGoing: true, jobs: 1 });
    const ends = built.events.flatMap((event) =>
      event.type === 'project-ended' ? [[event.project, event.result, event.because]] : [],
    );
    expect(built.result).toBe('failed');
    expect(new Map(ends.map(([name, ...end]) => [name, end]))).toEqual(
      new Map([
        ['broken', ['failed', undefined]],
        ['free', ['built', undefined]],
        ['last', ['built', undefined]],
        ['needs', ['skipped', 'broken']],
      ]),
    );
  });

  test('[A-148] of a project takes along what it needs, and what uses it when it is told to', async () => {
    const projects = [
      project('base', [onTiny]),
      after('middle', 'base'),
      after('top', 'middle'),
      project('apart', [onTiny]),
    ];
    const names = async (options: BuildOptions): Promise<string[]> => {
      const source = { value: { projects }, directory: store.work };
      return (await store.supervisor.outOfDate(source, options)).projects.map(({ project: name }) => name);
    };
    expect(await names({ projects: ['middle'] })).toEqual(['base', 'middle']);
    expect(await names({ projects: ['middle'], dependents: true })).toEqual(['base', 'middle', 'top']);
  });

  test('[A-149] runs what is told to be run, and what says `cache: never`, in every build', async () => {
    const projects = [
      project('kept', [onTiny, shell('echo kept')]),
      project('never', [onTiny, shell('echo never', { cache: 'never' }), shell('echo after')]),
    ];
    await build(projects);
    const started = (ended: Ended): string[] =>
      ended.events.flatMap((event) => (event.type === 'step-started' ? [`${event.project}/${event.step}`] : []));
    expect(started(await build(projects))).toEqual(['never/2-shell', 'never/3-shell']);
    expect(started(await build(projects, { projects: ['kept'], rebuild: ['kept'] }))).toEqual([
      'kept/1-create-systree',
      'kept/2-shell',
    ]);
    expect(started(await build(projects, { projects: ['kept'], noCache: true }))).toEqual([
      'kept/1-create-systree',
      'kept/2-shell',
    ]);
    await expect(build(projects, { rebuild: ['kep'] })).rejects.toMatchObject({ code: 'PROJECT_UNKNOWN' });
  });
});
