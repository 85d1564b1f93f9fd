import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  ContractorError,
  type BuildEvent,
  type BuildOptions,
  type RunResult,
  type SpecSource,
  type Supervisor,
} from '../../index.ts';
import { command } from './rig/command.ts';
import { conduct } from './rig/conduct.ts';
import { playedRun } from './rig/played-run.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-build-'));
  writeFileSync(join(directory, 'contractor.yaml'), 'projects: []');
  mkdirSync(join(directory, 'sub'));
  writeFileSync(join(directory, 'sub/other.yaml'), 'other: yes');
});
afterAll(() => rmSync(directory, { recursive: true }));

/** The events of a build of one project with one step. */
function eventsOf(result: RunResult): BuildEvent[] {
  const events: BuildEvent[] = [];
  const build = conduct({ hello: ['shell true'] }, (event) => events.push(event));
  build.start();
  if (result === 'built') build.builds('hello');
  build.runEnds(result);
  return events;
}

const buildsTo = (result: RunResult) => () => Promise.resolve(playedRun(eventsOf(result), result));

describe('the exit status of a build', () => {
  test.each([
    ['built', 0],
    ['failed', 1],
    ['cancelled', 130],
  ] as const)('that is %s is %i', async (result, status) => {
    expect(await command('build -', { supervisor: { build: buildsTo(result) } })).toMatchObject({ status });
    expect(await command('resume', { supervisor: { resume: buildsTo(result) } })).toMatchObject({ status });
  });

  test.each([
    ['HOST_UNSUITABLE', 3],
    ['PROJECT_UNKNOWN', 2],
    ['RUN_UNKNOWN', 2],
    ['RUN_OWNED', 1],
    ['STORE_UNUSABLE', 3],
    ['STORE_DAMAGED', 3],
  ] as const)('that is refused with %s is %i', async (code, status) => {
    const refusal = new ContractorError(code, 'What is \x1b[31mwrong\x1b[0m.', 'Mend it.\nAnd this.');
    const build = () => Promise.reject(refusal);
    expect(await command('build -', { supervisor: { build } })).toMatchObject({
      status,
      stdout: '',
      stderr: `contractor: error: What is wrong. [${code}]\n  → Mend it.\n  And this.\n`,
    });
  });
});

test('what is not a refusal is a bug, and not caught', async () => {
  const build = () => Promise.reject(new TypeError('x is not a function'));
  await expect(command('build -', { supervisor: { build } })).rejects.toThrow('x is not a function');
});

describe('the specification', () => {
  const sourceOf = async (line: string, stdin = ''): Promise<SpecSource | undefined> => {
    const build = vi.fn<Supervisor['build']>(() => Promise.resolve(playedRun(eventsOf('built'), 'built')));
    const { stderr } = await command(line, { supervisor: { build }, workingDirectory: directory, stdin });
    expect(stderr).toBe('');
    return build.mock.calls[0]?.[0];
  };

  test('is found in the working directory', async () => {
    expect(await sourceOf('build')).toEqual({ fileName: 'contractor.yaml', text: 'projects: []', directory });
  });

  test('is the file that is named, as it is named', async () => {
    const source = { text: 'other: yes', directory: join(directory, 'sub') };
    expect(await sourceOf('build ./sub/other.yaml')).toEqual({ fileName: './sub/other.yaml', ...source });
    expect(await sourceOf(`build ${directory}/sub/other.yaml`)).toEqual({
      fileName: `${directory}/sub/other.yaml`,
      ...source,
    });
  });

  test('is read from the standard input', async () => {
    expect(await sourceOf('build -', 'a: b')).toEqual({ fileName: '<stdin>', text: 'a: b', directory });
  });

  test('that is forgotten before a project is asked for', async () => {
    const { status, stderr } = await command('build hello', { workingDirectory: directory });
    expect(status).toBe(2);
    expect(stderr).toContain('`contractor build contractor.yaml hello`');
  });

  test('that is nowhere is asked for', async () => {
    const { status, stderr } = await command('build', { workingDirectory: tmpdir() });
    expect(status).toBe(2);
    expect(stderr).toContain('neither a `build.yaml` nor a `contractor.yaml`');
  });

  test('that is a directory cannot be read', async () => {
    expect(await command(`build ${directory}`)).toMatchObject({ status: 2 });
  });
});

describe('problems of the specification', () => {
  const problem = {
    code: 'KEY_UNKNOWN',
    message: 'unknown step parameter `sute`',
    fileName: 'build.yaml',
    line: 4,
    column: 5,
    frame: '  4 |     sute: unstable\n    |     ^^^^',
    suggestion: 'did you mean `suite`?',
  } as const;
  const refuse = (): never => {
    throw new ContractorError('SPEC_INVALID', 'all of them', 'Mend them.');
  };
  const supervisor = {
    validate: () => ({ type: 'invalid' as const, problems: [problem, problem] }),
    build: async () => refuse(),
    plan: refuse,
  };

  test.each(['build -', 'plan -', 'validate -'])('`%s` prints all of them, and how many', async (line) => {
    expect(await command(line, { supervisor })).toMatchObject({
      status: 2,
      stdout: '',
      stderr: `build.yaml:4:5: error: unknown step parameter \`sute\`
  4 |     sute: unstable
    |     ^^^^ did you mean \`suite\`?
build.yaml:4:5: error: unknown step parameter \`sute\`
  4 |     sute: unstable
    |     ^^^^ did you mean \`suite\`?

2 problems in the specification
`,
    });
  });
});

describe('options', () => {
  test('say what is built, and how many projects at once', async () => {
    const build = vi.fn<Supervisor['build']>(() => Promise.resolve(playedRun(eventsOf('built'), 'built')));
    await command('build - hello world -j 3', { supervisor: { build } });
    expect(build.mock.calls[0]?.[1]).toMatchObject({ projects: ['hello', 'world'], jobs: 3 });
    await command('build -', { supervisor: { build } });
    expect(build.mock.calls[1]?.[1]).not.toHaveProperty('projects');
  });

  test.each([
    ['build - --json', undefined, /^\{"type":"run-started".*\n(\{.*\}\n)+$/],
    ['build - --progress json', undefined, /^\{"type":"run-started"/],
    ['build - --quiet', undefined, /^$/],
    ['build -', undefined, /^\d\d:\d\d:\d\d run r1 of build.yaml started/],
    ['build -', { columns: 80, rows: 24 }, /^.*run r1  build.yaml\S*\n/],
    ['build - --progress plain', { columns: 80, rows: 24 }, /^\S*\d\d:\d\d:\d\d .*run r1 of build.yaml started/],
    ['build - --progress tree', undefined, /^run r1  build.yaml\n[^]*Built 1 project in 1.0s\.\n$/],
  ])('`%s` shows the build as it should on %j', async (line, terminal, shown) => {
    const setting = terminal === undefined ? {} : { terminal };
    const supervisor = { build: buildsTo('built'), lastDurations: () => [] };
    const { stdout } = await command(line, { supervisor, ...setting });
    expect(stdout).toMatch(shown);
  });

  test('a terminal that can nothing gets plain lines', async () => {
    const setting = { terminal: { columns: 80, rows: 24 }, env: { TERM: 'dumb' } };
    const { stdout } = await command('build -', { supervisor: { build: buildsTo('built') }, ...setting });
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d run r1/);
  });

  test('the store comes from the command line, else from the environment, else from the supervisor', async () => {
    const supervisor = { runs: () => [] };
    const env = { CONTRACTOR_STORE: '/env' };
    expect((await command('runs --store /there', { supervisor, env })).stores).toEqual(['/there']);
    expect((await command('--store /there runs', { supervisor, env })).stores).toEqual(['/there']);
    expect((await command('runs', { supervisor, env })).stores).toEqual(['/env']);
    expect((await command('runs', { supervisor })).stores).toEqual([undefined]);
  });

  test('commands that are advised work on the same store', async () => {
    const build = buildsTo('failed');
    const { stdout } = await command(['build', '-', '--store', "/my store's"], { supervisor: { build } });
    expect(stdout).toContain(`→ contractor --store '/my store'\\''s' status r1`);
  });
});

describe('Ctrl-C', () => {
  /** A build that goes on until it is cancelled, and perhaps longer. */
  async function interrupted(times: number) {
    let press = (): void => {};
    let signal: AbortSignal | undefined;
    const build = async (_source: SpecSource, options: BuildOptions = {}) => {
      signal = options.signal;
      const aborted = new Promise((resolve) => options.signal?.addEventListener('abort', resolve));
      setImmediate(() => {
        for (let time = 0; time < times; time++) press();
      });
      return playedRun(eventsOf('cancelled'), 'cancelled', { until: aborted });
    };
    const result = await command('build -', {
      supervisor: { build },
      interruptible: (interrupt) => (press = interrupt),
    });
    return { ...result, signal };
  }

  test('cancels the build, and waits for its end', async () => {
    const { status, stdout, signal, exitedAtOnce } = await interrupted(1);
    expect({ status, aborted: signal?.aborted, exitedAtOnce }).toEqual({
      status: 130,
      aborted: true,
      exitedAtOnce: false,
    });
    expect(stdout).toContain('cancelling … (Ctrl-C again to kill)');
    expect(stdout).toContain('Cancelled after');
  });

  test('is answered also when it comes while the build is being prepared', async () => {
    let press = (): void => {};
    const build = async () => {
      press();
      return playedRun(eventsOf('cancelled'), 'cancelled');
    };
    const { stdout } = await command('build -', {
      supervisor: { build },
      interruptible: (interrupt) => (press = interrupt),
    });
    expect(stdout).toContain('cancelling … (Ctrl-C again to kill)');
  });

  test('twice ends the program at once', async () => {
    expect(await interrupted(2)).toMatchObject({ exitedAtOnce: true });
  });
});
