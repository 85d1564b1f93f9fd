import { expect, test } from 'vitest';
import { commandLine } from '../../cli/command-line.ts';
import { processContext } from '../../cli/process-context.ts';
import { command } from './rig/command.ts';

const ADDRESS = 'postgres://ci@localhost/ci?host=/nowhere';

/** What each command needs to be understood. */
const WORDS: Readonly<Record<string, string>> = {
  why: 'hello',
  verify: 'hello',
  report: '-o x',
  artifact: 'diff a b',
};
/** These ask the database, or nobody. */
const TAKE_IT = new Set([
  'build',
  'worker',
  'cancel',
  'inspect',
  'status',
  'runs',
  'logs',
  'diff',
  'shell',
  'completion',
  'help',
]);
const others = commandLine(processContext())
  .commands.map((one) => one.name())
  .filter((name) => !name.startsWith('_') && !TAKE_IT.has(name));

test.each(others)(
  '[A-240] `%s --database` is refused, before anything is read or opened, with what to do',
  async (name) => {
    const line = [name, ...(WORDS[name]?.split(' ') ?? [])];
    for (const words of [
      [...line, '--database', ADDRESS],
      ['--database', ADDRESS, ...line],
    ]) {
      const { status, stdout, stderr, stores } = await command(words);
      expect({ status, stdout, stores }).toEqual({ status: 2, stdout: '', stores: [] });
      expect(stderr).toContain(`\`contractor ${name}\` `);
      expect(stderr).toContain('--database');
      expect(stderr).toMatch(/\[USAGE\]/);
    }
  },
);

test('why says whose results it would compare with, and where to ask', async () => {
  const { stderr } = await command(['why', 'hello', '--database', ADDRESS]);
  expect(stderr).toContain('compares with what the store of this host has built');
  expect(stderr).toContain('on the worker that has built the project');
});

test.each(['build', 'status', 'why hello', 'worker --artifacts /x'])(
  '[A-263] a password in the address of `%s` is refused, and not repeated',
  async (line) => {
    const { status, stdout, stderr } = await command([
      ...line.split(' '),
      '--database',
      'postgres://ci:hush@db.example/ci',
    ]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('There is a password in `--database`');
    expect(stderr).not.toContain('hush');
  },
);

test('what speaks of no run takes it', async () => {
  expect((await command(['help', '--database', ADDRESS])).status).toBe(0);
});
