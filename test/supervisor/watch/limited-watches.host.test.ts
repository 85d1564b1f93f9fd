import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { project, whatHostLacks } from '../test-store.ts';
import { writeSpec } from './watching.ts';

const lacking = await whatHostLacks();
const MAIN = join(import.meta.dirname, '../../../cli/main.ts');
const PROJECTS = [project('copies', [{ action: 'empty-workspace' }, { action: 'copy-source', path: 'source' }])];

interface Told {
  readonly type: string;
  readonly [key: string]: unknown;
}

describe.skipIf(lacking !== '')('where the kernel takes no more watches', () => {
  let work: string;

  beforeAll(() => {
    work = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-limited-')));
    for (const name of 'abcdef') mkdirSync(join(work, 'source', name), { recursive: true });
    writeSpec(work, PROJECTS);
  });
  afterAll(() => rmSync(work, { recursive: true }));

  /** The events of a watch in a user namespace of its own, with a limit of its own there; `next` gives one of a type. */
  function watchWithin(limit: string): { next(type: string): Promise<Told>; end(): Promise<void> } {
    const script = `echo ${limit.replace('=', ' > /proc/sys/user/')}; exec "$@"`;
    const watch = [process.execPath, MAIN, 'watch', '--json', '--poll', '10m', '--store', join(work, limit)];
    const child = spawn('unshare', ['--user', '--map-root-user', 'sh', '-euc', script, 'sh', ...watch], {
      cwd: work,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    return {
      next: async (type) => {
        for (;;) {
          const { value, done = false } = await lines.next();
          if (done) throw new Error(`it ended without ${type}`);
          const event = JSON.parse(String(value)) as Told;
          if (event.type === type) return event;
        }
      },
      end: async () => {
        child.kill();
        await exited;
      },
    };
  }

  test('[A-253] looks every few seconds instead, and says so', async () => {
    const told = await Promise.all([toldWithin('5=max_inotify_watches'), toldWithin('0=max_inotify_instances')]);
    const paths = expect.arrayContaining([join(work, 'source')]) as unknown;
    const expected = (because: string): object[] => [
      { because, paths, everyMs: 5000 },
      // Of the ids that builds take, these namespaces have none.
      { code: 'HOST_UNSUITABLE' },
      { changes: [{ of: 'file', name: join(work, 'source') }] },
    ];
    expect(told).toMatchObject([expected('ENOSPC'), expected('EMFILE')]);
  });

  async function toldWithin(limit: string): Promise<Told[]> {
    const watch = watchWithin(limit);
    try {
      const told = [await watch.next('watch-limited'), await watch.next('watch-refused')];
      writeFileSync(join(work, 'source/f', limit), '');
      return [...told, await watch.next('change-noticed')];
    } finally {
      await watch.end();
    }
  }
});
