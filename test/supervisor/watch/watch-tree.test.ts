import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { settled } from '../simulated/clock.ts';
import { WatchedTree } from '../../../supervisor/watch/watch-tree.ts';

let top: string;
let changed: Set<string>;
let tree: WatchedTree | undefined;
const at = (path: string): string => join(top, path);
const write = (path: string): void => writeFileSync(at(path), String(Math.random()));

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'contractor-tree-'));
  changed = new Set();
});
afterEach(() => {
  tree?.close();
  rmSync(top, { recursive: true });
});

async function watch(path: string, left: readonly string[] = []): Promise<void> {
  tree = new WatchedTree({
    path: at(path),
    isDeep: true,
    isLeftOut: (own) => left.includes(own),
    onChange: (each) => changed.add(relative(top, each)),
    onLimit: (because) => changed.add(because),
  });
  await tree.ready;
}

/** Waits until it was told of this path. */
async function told(path: string): Promise<void> {
  await vi.waitFor(() => expect([...changed]).toContain(path), { interval: 5 });
  changed.clear();
}

/** How many directories this process has the kernel watch: a line each in the descriptor's file of proc(5). */
function watches(): number {
  return readdirSync('/proc/self/fd').reduce((sum, fd) => {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) !== 'anon_inode:inotify') return sum;
      return (
        sum +
        (process
          .getBuiltinModule('fs')
          .readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')
          .match(/^inotify wd/gm)?.length ?? 0)
      );
    } catch {
      return sum;
    }
  }, 0);
}

test('tells of files on every level, and of what is made in directories that are new', async () => {
  mkdirSync(at('tree/one/two'), { recursive: true });
  await watch('tree');
  write('tree/one/two/file');
  await told('tree/one/two/file');
  mkdirSync(at('tree/new/deep/er'), { recursive: true });
  await told('tree/new');
  await vi.waitFor(() => {
    write('tree/new/deep/er/file');
    expect([...changed]).toContain('tree/new/deep/er/file');
  });
});

test('follows a directory that is moved, replaced, or is made after it is watched', async () => {
  await watch('not/there/yet');
  mkdirSync(at('not/there/yet/deep'), { recursive: true });
  await told('not/there/yet');
  await vi.waitFor(() => {
    write('not/there/yet/deep/file');
    expect([...changed]).toContain('not/there/yet/deep/file');
  });
  renameSync(at('not/there/yet'), at('elsewhere'));
  await told('not/there/yet');
  mkdirSync(at('not/there/yet'));
  await told('not/there/yet');
  await vi.waitFor(() => {
    write('not/there/yet/file');
    expect([...changed]).toContain('not/there/yet/file');
  });
});

test('says nothing of what is left out, and does not follow links', async () => {
  mkdirSync(at('tree/left'), { recursive: true });
  mkdirSync(at('other'));
  symlinkSync('../other', at('tree/link'));
  await watch('tree', ['left', 'left.txt']);
  write('tree/left/file');
  write('tree/left.txt');
  write('other/file');
  write('tree/file');
  await vi.waitFor(() => expect([...changed]).toContain('tree/file'));
  expect([...changed]).toEqual(['tree/file']);
});

test('has as many watches after 1,000 directories that came and went as before, and none when it is closed', async () => {
  const before = watches();
  mkdirSync(at('tree/one/two'), { recursive: true });
  await watch('tree');
  const some = watches();
  expect(some - before).toBe(4);
  for (let times = 0; times < 250; times += 1) {
    mkdirSync(at('tree/a/b/c/d'), { recursive: true });
    await settled();
    rmSync(at('tree/a'), { recursive: true });
  }
  await vi.waitFor(() => expect(watches()).toBe(some));
  tree?.close();
  expect(watches()).toBe(before);
});
