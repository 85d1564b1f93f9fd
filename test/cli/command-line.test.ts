import type { Command } from 'commander';
import { describe, expect, test, vi } from 'vitest';
import { commandLine } from '../../cli/command-line.ts';
import { optionsOf } from '../../cli/completion/word-to-complete.ts';
import { processContext } from '../../cli/process-context.ts';
import type {
  BuildEvent,
  CheckStoreOptions,
  HostFinding,
  RunDetails,
  RunSummary,
  StoreFinding,
  Supervisor,
} from '../../index.ts';
import { command } from './rig/command.ts';
import { conduct } from './rig/conduct.ts';

const program = commandLine(processContext());

/** `artifact export`, for every command that is no hidden one. */
const commandPaths = (from: Command, path: readonly string[] = []): string[] =>
  from.commands.flatMap((one) => {
    const here = [...path, one.name()];
    return one.name().startsWith('_') ? [] : [here.join(' '), ...commandPaths(one, here)];
  });

describe('help', () => {
  test('there is every command of the design', () => {
    expect(commandPaths(program)).toEqual([
      ...['build', 'watch', 'worker', 'resume', 'cancel', 'status', 'runs', 'logs', 'diff', 'shell', 'run'],
      ...['validate', 'plan', 'why', 'lock', 'verify', 'graph', 'inspect', 'report', 'artifact'],
      ...[
        'list',
        'show',
        'export',
        'import',
        'rm',
        'keep',
        'verify',
        'push',
        'pull',
        'prune',
        'provenance',
        'diff',
      ].map((verb) => `artifact ${verb}`),
      ...['keep', 'gc', 'doctor', 'schema', 'completion', 'help'],
    ]);
  });

  test.each(commandPaths(program))('`%s` says what it does, explains each word, and gives an example', async (path) => {
    const { status, stdout } = await command(`help ${path}`);
    const described = path
      .split(' ')
      .reduce<Command>((from, name) => from.commands.find((one) => one.name() === name)!, program);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: contractor ${path}( |\n)`));
    expect(stdout).toMatch(/^ {2}-h, --help/m);
    expect(['artifact', 'help'].includes(path) || /^Examples:\n {2}\S/m.test(stdout)).toBe(true);
    expect(described.summary()).not.toBe('');
    for (const word of [...described.registeredArguments, ...described.options]) expect(word.description).not.toBe('');
  });

  test.each(commandPaths(program))('`%s` is no wider than the terminal', async (path) => {
    const { stdout } = await command(`help ${path}`, { terminal: { columns: 80, rows: 24 } });
    const [text = ''] = stdout.split('Examples:');
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('`--help` and `help` are the same', async () => {
    for (const path of commandPaths(program)) {
      expect(await command(`${path} --help`)).toEqual(await command(`help ${path}`));
    }
    expect(await command('--help')).toEqual(await command('help'));
    expect(await command('--help validate')).toEqual(await command('help'));
  });

  test('the examples use commands and options that exist', async () => {
    const seen: string[] = [];
    for (const path of ['', ...commandPaths(program)]) {
      const { stdout } = await command(`help ${path}`);
      for (const [line] of stdout.split('Examples:')[1]?.matchAll(/\bcontractor( [\w@./:-]+)+/g) ?? []) {
        seen.push(line);
        const [, ...words] = line.split(' ');
        let found = program;
        while (found.commands.length > 0) {
          const name = words.shift();
          found = found.commands.find((one) => one.name() === name)!;
        }
        const options = optionsOf(found).flatMap(({ short, long }) => [short, long]);
        expect(options).toEqual(expect.arrayContaining(words.filter((word) => /^--?\w/.test(word))));
      }
    }
    expect(seen.length).toBeGreaterThan(25);
  });
});

describe('wrong usage', () => {
  test.each([
    ['', /^Usage: contractor/],
    ['artifact', /^Usage: contractor artifact/],
    ['bild', /^contractor: error: unknown command 'bild'\n {2}→ Did you mean build\?\n$/],
    ['help bild', /Did you mean build\?/],
    ['help artifact exprt', /Did you mean export\?/],
    ['artifact lst', /Did you mean list\?/],
    ['build --jbos 3', /^contractor: error: unknown option '--jbos'\n {2}→ Did you mean --jobs\?\n$/],
    ['build -j', /argument missing/],
    ['build -j 0', /whole number, from 1 on/],
    ['build -j 1e3', /whole number, from 1 on/],
    ['build --progress pretty', /Allowed choices are tree, plain, json/],
    ['artifact show', /missing required argument 'artifact'/],
    ['runs x', /too many arguments/],
    ['completion csh', /Allowed choices are bash, zsh, fish/],
    ['logs a:b:c:d', /does not name a step.*\[USAGE\]/],
  ])('`%s` is told what is wrong', async (line, message) => {
    const { status, stdout, stderr } = await command(line);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('colours', () => {
  test('are there when they are wanted, and gone with --no-color', async () => {
    const supervisor = { checkHost: () => Promise.resolve([{ name: 'git', state: 'ok', found: 'git 2' }] as const) };
    const env = { FORCE_COLOR: '1' };
    expect((await command('doctor', { supervisor, env })).stdout).toContain('\x1b[32m');
    expect((await command('doctor --no-color', { supervisor, env })).stdout).not.toContain('\x1b');
  });
});

describe('doctor', () => {
  const findings: readonly HostFinding[] = [
    { name: 'bubblewrap', state: 'ok', found: 'bubblewrap 0.8.0 at /usr/bin/bwrap' },
    {
      name: 'user-namespaces',
      state: 'missing',
      found: 'not allowed',
      consequence: 'No step can run.',
      mend: 'sudo sysctl x=1\nsudo y',
    },
    { name: 'mmdebstrap', state: 'optional', found: 'none', consequence: 'debootstrap takes longer.' },
  ];

  test('shows each finding, and what mends it', async () => {
    const checkHost = (): Promise<readonly HostFinding[]> => Promise.resolve(findings);
    const { status, stdout } = await command('doctor', { supervisor: { checkHost } });
    expect(status).toBe(3);
    expect(stdout).toMatchInlineSnapshot(`
      "✓ bubblewrap       bubblewrap 0.8.0 at /usr/bin/bwrap
      ✗ user-namespaces  not allowed
                         No step can run.
                         → sudo sysctl x=1
                           sudo y
      ⊘ mmdebstrap       none
                         debootstrap takes longer.
      Builds cannot run on this host: 1 thing missing.
      "
    `);
    expect(JSON.parse((await command('doctor --json', { supervisor: { checkHost } })).stdout)).toEqual(findings);
  });

  const sound = { checkHost: () => Promise.resolve(findings.slice(0, 1)) };

  test('checks the store when it is asked for, and mends it only when told to', async () => {
    const asked: unknown[] = [];
    const checkStore = (options?: CheckStoreOptions): Promise<readonly StoreFinding[]> => {
      asked.push(options?.mend);
      options?.onProgress?.({ label: 'hello@3', done: 0, total: 1 });
      return Promise.resolve([
        { name: 'database', state: 'ok', found: 'whole' },
        options?.mend === true
          ? { name: 'hello@3', state: 'mended', found: 'a: gone' }
          : { name: 'hello@3', state: 'damaged', found: 'a: gone', mend: 'Mend it.' },
      ]);
    };
    const supervisor = { ...sound, checkStore };
    expect((await command('doctor', { supervisor })).status).toBe(0);
    expect(asked).toEqual([]);
    const { status, stdout, stderr, stores } = await command('doctor --store', { supervisor });
    expect({ status, stderr, stores }).toEqual({ status: 1, stderr: '', stores: [undefined] });
    expect(stdout).toMatchInlineSnapshot(`
      "✓ bubblewrap  bubblewrap 0.8.0 at /usr/bin/bwrap
      Builds can run on this host.
      ✓ database  whole
      ✗ hello@3   a: gone
                  → Mend it.
      The store is damaged in 1 place.
      "
    `);
    const mended = await command('doctor --mend --store /x', { supervisor });
    expect(mended).toMatchObject({ status: 0, stores: ['/x'] });
    expect(mended.stdout).toContain('The store is sound again: 1 thing forgotten, to be built anew.');
    expect(asked).toEqual([false, true]);
    // A bare --store does not take back which store was named before.
    expect((await command('--store /other doctor --store', { supervisor })).stores).toEqual(['/other']);
    expect(JSON.parse((await command('doctor --store --json', { supervisor })).stdout)).toHaveLength(3);
  });

  test('does not mend a host, and leaves other commands to name their store', async () => {
    expect(await command('doctor --mend', { supervisor: sound })).toMatchObject({ status: 2 });
    expect(await command('runs --store')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('names no directory') as unknown,
    });
  });

  test('is content with a host that only lacks what is optional', async () => {
    const checkHost = () => Promise.resolve(findings.filter(({ state }) => state !== 'missing'));
    expect(await command('doctor', { supervisor: { checkHost } })).toMatchObject({ status: 0 });
  });
});

describe('validate', () => {
  test('says that there are no problems, of how much', async () => {
    const steps = [{ id: '1-a', title: 'a', action: 'a', parameters: {}, continueOnFailure: false }];
    const spec = { projects: [{ name: 'hello', dependsOn: [], steps }] };
    const validate = vi.fn<Supervisor['validate']>(() => ({ type: 'parsed', spec, locate: () => undefined }));
    const { status, stdout } = await command('validate -', { supervisor: { validate } });
    expect(validate).toHaveBeenCalledWith(expect.anything(), { files: true });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '<stdin>: no problems (1 project, 1 step)\n' });
    const json = await command('validate - --json', { supervisor: { validate } });
    expect(JSON.parse(json.stdout)).toEqual({ valid: true, problems: [] });
  });

  test('gives the problems as JSON', async () => {
    const problems = [{ code: 'KEY_UNKNOWN', message: 'x', fileName: 'f', line: 1, column: 1, frame: '' }] as const;
    const validate = () => ({ type: 'invalid' as const, problems });
    const { status, stdout } = await command('validate - --json', { supervisor: { validate } });
    expect({ status, result: JSON.parse(stdout) as unknown }).toEqual({
      status: 2,
      result: { valid: false, problems },
    });
  });
});

describe('runs and status', () => {
  process.env['TZ'] = 'UTC';
  const createdAt = Date.UTC(2026, 0, 1);
  const run: RunSummary = { id: 'r1', specName: 'build.yaml', createdAt, endedAt: createdAt + 65_000, state: 'failed' };
  const owner = { pid: 7, host: 'vm', since: createdAt };
  const going: RunSummary = { id: 'r22', specName: 'b.yaml', createdAt, state: 'running', owner };

  test('runs are a table', async () => {
    const supervisor = {
      runs: () => [going, run, { id: 'r0', specName: 'x', createdAt, state: 'interrupted' as const }],
    };
    expect((await command('runs', { supervisor })).stdout).toMatchInlineSnapshot(`
      "RUN  STATE        STARTED           TOOK   SPECIFICATION
      r22  running      2026-01-01 00:00  1m00s  b.yaml
      r1   failed       2026-01-01 00:00  1m05s  build.yaml
      r0   interrupted  2026-01-01 00:00         x
      "
    `);
    expect(JSON.parse((await command('runs --json', { supervisor })).stdout)).toHaveLength(3);
    expect((await command('runs', { supervisor: { runs: () => [] } })).stdout).toBe('No runs yet.\n');
  });

  test.each([
    [
      'running',
      `run r1  b.yaml  started 2026-01-01 00:00  running  1m00s  by process 7 on vm since 2026-01-01 00:00
▶ hello                                                                   1m00s
  ✓ empty-workspace                                                        0.2s
  ▶ shell make                                                              59s
→ contractor logs -f r1
→ contractor cancel r1
`,
    ],
    [
      'adoptable',
      `run r1  b.yaml  started 2026-01-01 00:00  adoptable  1m00s
▶ hello                                                                   1m00s
  ✓ empty-workspace                                                        0.2s
  ▶ shell make                                                              59s
What runs goes on by itself; nobody is there to go on after it.
→ contractor resume r1
→ contractor cancel r1
`,
    ],
    [
      'interrupted',
      `run r1  b.yaml  started 2026-01-01 00:00  interrupted
■ hello  interrupted
  ✓ empty-workspace                                                        0.2s
  ■ shell make  interrupted
→ contractor resume r1
`,
    ],
    [
      'failed',
      `run r1  build.yaml  started 2026-01-01 00:00  failed  1m05s
✗ hello  failed                                                            0.2s
  ✓ empty-workspace                                                        0.2s
  ✗ shell make  exit status 2                                              0.0s
→ contractor logs r1
`,
    ],
  ] as const)('status of a run that is %s', async (state, shown) => {
    const events: BuildEvent[] = [];
    const build = conduct({ hello: ['empty-workspace', 'shell make'] }, (event) => events.push(event));
    build.start();
    build.project('hello');
    build.step('hello', 1);
    build.pass(200);
    build.ends('hello', 1);
    build.step('hello', 2);
    if (state === 'failed') {
      build.ends('hello', 2, { type: 'failed', exitCode: 2 }, 'end');
      build.projectEnds('hello', 'failed');
      build.runEnds('failed');
    }
    const { owner, ...left } = going;
    const summary = { failed: run, running: { ...left, owner }, adoptable: left, interrupted: left }[
      state
    ] as RunSummary;
    const details: RunDetails = { ...summary, id: 'r1', state, projects: [] };
    const supervisor = { run: () => details, events: () => events };
    expect((await command('status r1', { supervisor })).stdout).toBe(shown);
    expect(JSON.parse((await command('status r1 --json', { supervisor })).stdout)).toEqual(details);
  });
});

describe('cancel', () => {
  test('says which run has ended, and how', async () => {
    const cancel = (run?: string) => Promise.resolve({ id: run ?? 'newest', result: 'cancelled' as const });
    expect(await command('cancel', { supervisor: { cancel } })).toMatchObject({
      status: 0,
      stdout: 'Run newest: cancelled.\n',
    });
    expect((await command('cancel k3', { supervisor: { cancel } })).stdout).toBe('Run k3: cancelled.\n');
  });
});

test('schema prints the JSON Schema', async () => {
  const { status, stdout } = await command('schema');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ type: 'object', properties: { projects: {} } });
});
