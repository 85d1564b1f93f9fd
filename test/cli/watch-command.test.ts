import { describe, expect, test } from 'vitest';
import type { Watch, WatchEvent } from '../../index.ts';
import { command } from './rig/command.ts';
import { conduct } from './rig/conduct.ts';

const at = new Date(2026, 0, 1, 14, 2, 31).getTime();
const because = [{ project: 'hello', step: '1-shell', cause: { type: 'first-time' } }] as const;

/** A watch that tells these events, and then waits until it is closed; `atEnd` are told after that. */
function played(events: readonly WatchEvent[], atEnd: readonly WatchEvent[] = []): (...given: unknown[]) => Watch {
  const closed = Promise.withResolvers<void>();
  return () => ({
    again() {},
    close: () => closed.resolve(),
    async *[Symbol.asyncIterator]() {
      yield* events;
      await closed.promise;
      yield* atEnd;
    },
  });
}

function buildEvents(): WatchEvent[] {
  const events: WatchEvent[] = [];
  const build = conduct({ hello: ['shell true'] }, (event) => events.push(event));
  build.start();
  build.builds('hello');
  build.runEnds('built');
  return events;
}

const soon = (interrupt: () => void): void => void setTimeout(interrupt, 20);

describe('contractor watch', () => {
  test('says what is watched, what changed, why what is built, and how it stands, with the time of day', async () => {
    const files = ['a', 'b', 'c', 'd'].map((name) => ({ of: 'file', name: `/spec/${name}` }) as const);
    const { stdout, status } = await command('watch -', {
      workingDirectory: '/spec',
      supervisor: {
        watch: played([
          {
            type: 'watching',
            at,
            file: '/spec/build.yaml',
            projects: ['hello'],
            paths: ['/spec/source'],
            asked: ['the commit of main in https://example.org/x'],
            pollMs: 60_000,
          },
          { type: 'change-noticed', at, changes: files, more: 8 },
          { type: 'build-needed', at, because },
          ...buildEvents(),
          { type: 'watch-idle', at, current: ['a'], failed: ['hello'], held: ['late'] },
          { type: 'watch-idle', at, current: ['a', 'hello'], failed: [], held: [] },
        ]),
      },
      interruptible: soon,
    });
    expect(status).toBe(0);
    expect(stdout).toContain('14:02:31 watching 1 project: build.yaml, source\n');
    expect(stdout).toContain('asking every 1m');
    expect(stdout).toContain('14:02:31 changed: a, b, c and 9 more\n');
    expect(stdout).toContain('14:02:31 hello is built at 1-shell: it was not built before\n');
    expect(stdout).toContain('Built 1 project');
    expect(stdout).toContain('14:02:31 failed: hello; late waits for that. Waiting for changes.\n');
    expect(stdout).toContain('14:02:31 up to date: 2 projects. Waiting for changes.\n');
  });

  test.each([
    [[], 0],
    [[{ type: 'build-needed', at, because } as const, ...buildEvents().slice(0, 2)], 130],
  ])('ends with what says whether a build was cut off', async (events, status) => {
    const cut = await command('watch -', { supervisor: { watch: played(events) }, interruptible: soon });
    expect(cut).toMatchObject({ status, exitedAtOnce: false });
  });

  test('prints all events as JSON, and nothing else', async () => {
    const events: WatchEvent[] = [{ type: 'build-needed', at, because }, ...buildEvents()];
    const { stdout } = await command('watch - --json', { supervisor: { watch: played(events) }, interruptible: soon });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(events);
  });

  test('tells what is wrong with a specification as `validate` does, and stays', async () => {
    const refused = {
      type: 'watch-refused',
      at,
      code: 'SPEC_UNREADABLE',
      message: 'It is \x1b[2Jgone.',
      mend: 'Mend it.',
    };
    const watch = played([refused as WatchEvent, { type: 'watch-idle', at, current: ['a'], failed: [], held: [] }]);
    const { stdout, stderr, status } = await command('watch -', { supervisor: { watch }, interruptible: soon });
    expect(stderr).toContain('error: It is gone. [SPEC_UNREADABLE]\n  → Mend it.');
    expect(stdout).toContain('up to date');
    expect(status).toBe(0);
  });

  test.each(['0s', 'soon', '-1', '99999h'])('refuses to ask every %s', async (time) => {
    expect(await command(`watch - --poll ${time}`)).toMatchObject({ status: 2 });
  });
});
