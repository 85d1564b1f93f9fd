import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMPLETION_SCRIPTS } from '../../cli/completion/scripts.ts';
import type { Supervisor } from '../../index.ts';
import { command } from './rig/command.ts';

const steps = [{ id: '1-shell', title: 'shell make', action: 'shell', parameters: {}, continueOnFailure: false }];
const project = { name: 'hello', dependsOn: [], steps };
const supervisor = {
  runs: () => [{ id: 'k3x9', specName: 'build.yaml', createdAt: 0, state: 'failed' }],
  run: () => ({
    id: 'k3x9',
    projects: [
      { name: 'hello', steps },
      { name: 'world', steps: [] },
    ],
  }),
  artifacts: {
    list: () => [
      { name: 'tree', version: 2 },
      { name: 'tree', version: 1 },
      { name: 'other', version: 1 },
    ],
  },
  validate: () => ({ type: 'parsed', spec: { projects: [project] } }),
} as unknown as Partial<Supervisor>;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-complete-'));
  writeFileSync(join(directory, 'build.yaml'), '');
});
afterAll(() => rmSync(directory, { recursive: true }));

const completed = (...words: string[]) =>
  command(['__complete', '--', ...words], { supervisor, workingDirectory: directory });
const wordsAfter = async (...words: string[]): Promise<string[]> =>
  (await completed(...words)).stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0] ?? '']));

describe('what can stand', () => {
  test.each([
    [
      'at the beginning',
      [''],
      [
        'build',
        'watch',
        'worker',
        'resume',
        'cancel',
        'status',
        'runs',
        'logs',
        'diff',
        'shell',
        'run',
        'validate',
        'plan',
        'why',
        'lock',
        'verify',
        'graph',
        'inspect',
        'report',
        'artifact',
        'keep',
        'gc',
        'doctor',
        'schema',
        'completion',
        'help',
      ],
    ],
    ['after a letter', ['re'], ['resume', 'report']],
    ['after a command with commands', ['artifact', 'e'], ['export']],
    ['after help', ['help', 'st'], ['status']],
    ['as an option', ['build', '--j'], ['--jobs', '--json']],
    ['as a global option', ['build', '--sto'], ['--store']],
    [
      'as a short option',
      ['runs', '-'],
      ['--limit', '--json', '--help', '--version', '--store', '--database', '--no-color'],
    ],
    ['as the value of an option', ['build', '--progress', ''], ['tree', 'plain', 'json', 'json-seq']],
    ['as the joined value of an option', ['build', '--progress=p'], ['--progress=plain']],
    ['as a value that nobody knows', ['build', '-j', ''], []],
    ['as a store', ['--store', ''], [':directories']],
    ['as a specification', ['build', ''], [':files']],
    ['as a project', ['build', '-j', '2', 'build.yaml', ''], ['hello']],
    ['as one more project', ['build', 'build.yaml', 'x', 'h'], ['hello']],
    ['as a run', ['status', ''], ['k3x9']],
    ['after a store', ['--store', '/x', 'status', 'k'], ['k3x9']],
    ['as a step: its run', ['logs', ''], ['k3x9:']],
    ['as a step: its project', ['logs', 'k3x9:'], ['k3x9:hello:', 'k3x9:world:']],
    ['as a step of the newest run', ['logs', ':hello:'], [':hello:1-shell']],
    ['as an artifact', ['artifact', 'show', ''], ['tree', 'other']],
    ['as an artifact to compare with', ['artifact', 'diff', 'tree', ''], ['tree', 'other']],
    ['as a step to compare with', ['diff', ':hello:1', ':hello:'], [':hello:1-shell']],
    ['as an archive', ['artifact', 'export', 'tree', ''], [':files']],
    ['as a shell', ['completion', 'z'], ['zsh']],
    ['after all words', ['status', 'k3x9', ''], []],
    ['after --', ['build', '--', '-'], [':files']],
    ['after an unknown command', ['bild', ''], []],
  ])('%s', async (_name, words, expected) => {
    expect(await wordsAfter(...words)).toEqual(expected);
  });

  test('is explained', async () => {
    expect((await completed('res')).stdout).toBe('resume\tgo on with a run that was stopped\n');
    expect((await completed('status', '')).stdout).toBe('k3x9\tbuild.yaml, failed\n');
  });

  test('is looked for in the store of the line', async () => {
    expect((await completed('--store', '/x', 'status', '')).stores).toEqual(['/x']);
    expect((await completed('status', '--store=/y', '')).stores).toEqual(['/y']);
    expect((await completed('status', '')).stores).toEqual([undefined]);
  });

  test('opens no store for words that are known without', async () => {
    expect((await completed('artifact', 'sh')).stores).toEqual([]);
  });

  test('is nothing, and no noise, where something is wrong', async () => {
    const broken = {
      runs: () => {
        throw new Error('no store');
      },
    };
    const result = await command(['__complete', '--', 'status', ''], { supervisor: broken });
    expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });
});

describe('in a real bash', () => {
  /** What bash makes of TAB at the end of `line`. Its `contractor` is a script that answers as a real one did. */
  function tab(line: string, answer: string): string[] {
    const bin = join(directory, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(
      join(bin, 'contractor'),
      `#!/bin/sh\nprintf '%s\\n' "$@" >${directory}/asked\ncat ${directory}/answer\n`,
    );
    chmodSync(join(bin, 'contractor'), 0o755);
    writeFileSync(join(directory, 'answer'), answer);
    writeFileSync(join(directory, 'completion'), COMPLETION_SCRIPTS.bash);
    const script = `source "$1/completion"; COMP_LINE=$2 COMP_POINT=\${#2}
compopt() { echo "compopt $*"; }
_contractor; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    const out = execFileSync('bash', ['--norc', '-c', script, 'bash', directory, line], {
      env,
      cwd: directory,
      encoding: 'utf8',
    });
    // Files come in the order of the directory.
    return out.split('\n').slice(0, -1).toSorted();
  }
  const asked = (): string => execFileSync('cat', [join(directory, 'asked')], { encoding: 'utf8' });

  test('the words up to the cursor are asked about, and the answers offered', () => {
    expect(tab('contractor re', 'resume\tgo on\nrest\n')).toEqual(['rest', 'resume']);
    expect(asked()).toBe('__complete\n--\nre\n');
  });

  test('a space at the end begins a new word', () => {
    tab('contractor artifact ', '');
    expect(asked()).toBe('__complete\n--\nartifact\n\n');
  });

  test('after a colon only the rest is offered, as bash breaks words there', () => {
    expect(tab('contractor logs k3x9:hello:', 'k3x9:hello:1-shell\tshell make\n')).toEqual(['1-shell']);
    expect(asked()).toContain('\nk3x9:hello:\n');
  });

  test('after a word that ends with a colon no space is put', () => {
    expect(tab('contractor logs k', 'k3x9:\n')).toEqual(['compopt -o nospace', 'k3x9:']);
  });

  test('after an equals sign likewise', () => {
    expect(tab('contractor build --progress=p', '--progress=plain\n')).toEqual(['plain']);
  });

  test('files and directories come from bash', () => {
    mkdirSync(join(directory, 'bundle'), { recursive: true });
    writeFileSync(join(directory, 'bu ild'), '');
    expect(tab('contractor build bu', ':files\n')).toEqual(['bu ild', 'build.yaml', 'bundle', 'compopt -o filenames']);
    expect(tab('contractor --store=bu', ':directories\n')).toEqual(['bundle', 'compopt -o filenames']);
  });

  test('is registered', () => {
    expect(COMPLETION_SCRIPTS.bash).toMatch(/^complete -F _contractor contractor$/m);
  });
});

test.each(['bash', 'zsh', 'fish'] as const)('`completion %s` prints a script that asks contractor', async (shell) => {
  const { status, stdout } = await command(`completion ${shell}`);
  expect({ status, stdout }).toEqual({ status: 0, stdout: COMPLETION_SCRIPTS[shell] });
  expect(stdout).toContain('__complete -- ');
  expect(stdout).not.toContain('undefined');
});
