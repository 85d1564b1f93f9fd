import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, lstatSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { TreeJob } from '../../store/trees/tree-job.ts';
import { directory, file, isRoot, readNode, symlink } from './trees/generated-tree.ts';
import { makeLayer, temporaryTrees } from './trees/temporary-trees.ts';

const worker = join(import.meta.dirname, '../../store/tree-worker.ts');
const hasUserNamespaces = spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'true']).status === 0;

interface Answer {
  readonly status: number | null;
  readonly line: unknown;
}

async function answerOf(child: ChildProcessByStdio<Writable, Readable, null>, input: string): Promise<Answer> {
  child.stdin.end(input);
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>]);
  return { status, line: JSON.parse(output.trim().split('\n').at(-1) ?? '') };
}

/** Runs the worker behind `prefix` and gives its status and its last line. */
function work(trees: string, { job, prefix }: { job: TreeJob; prefix: readonly string[] }): Promise<Answer> {
  const [program, ...argv] = [...prefix, process.execPath, worker];
  const child = spawn(program, argv, { cwd: trees, stdio: ['pipe', 'pipe', 'inherit'] });
  return answerOf(child, JSON.stringify(job));
}

const asNamespaceRoot = ['unshare', '--user', '--map-root-user'];

describe.skipIf(!hasUserNamespaces)('the tree worker', () => {
  test('publishes, links and removes as root of a user namespace', async () => {
    const trees = temporaryTrees();
    const node = directory({ bin: directory({ hello: file('hello', 0o755) }), link: symlink('bin') });
    const layer = makeLayer(trees, { id: 'l1', node });
    const job: TreeJob = { type: 'publish', merged: join(trees, layer), layers: [layer], name: 'it' };
    const published = await work(trees, { prefix: asNamespaceRoot, job });
    expect(published).toMatchObject({ status: 0, line: { result: { type: 'published', files: 1, newBytes: 5 } } });
    const [digest = ''] = readdirSync(join(trees, 'artifacts/it'));
    const from = `artifacts/it/${digest}/tree`;

    mkdirSync(join(trees, 'attempts/x/upper'), { recursive: true });
    const linked = await work(trees, {
      prefix: asNamespaceRoot,
      job: { type: 'link-tree', from, to: 'attempts/x/upper/opt/it', owner: { uid: 0, gid: 0 } },
    });
    expect(linked).toMatchObject({ status: 0, line: { result: { entries: 4, files: 1 } } });
    expect(readNode(join(trees, 'attempts/x/upper/opt/it'))).toEqual(node);

    const removed = await work(trees, { prefix: asNamespaceRoot, job: { type: 'remove', path: 'attempts/x' } });
    expect(removed).toEqual({ status: 0, line: { result: null } });
    expect(readdirSync(join(trees, 'attempts'))).toEqual([]);
    const verified = await work(trees, { prefix: asNamespaceRoot, job: { type: 'verify', tree: from, digest } });
    expect(verified).toMatchObject({ status: 0, line: { result: { ok: true } } });
  });

  test('answers with an error and status 1 for what it refuses, and for a bug', async () => {
    const trees = temporaryTrees();
    writeFileSync(join(trees, 'attempts/x.tar'), 'no tar');
    const limits = { maxMembers: 10, maxSizeBytes: 10 };
    const refused = await work(trees, {
      prefix: asNamespaceRoot,
      job: { type: 'check-archive', archive: 'attempts/x.tar', ...limits },
    });
    expect(refused).toMatchObject({
      status: 1,
      line: { error: { code: 'ARCHIVE_REFUSED', mend: expect.any(String) as string } },
    });
    const outside = await work(trees, { prefix: asNamespaceRoot, job: { type: 'remove', path: '../trees' } });
    expect(outside).toMatchObject({ status: 1, line: { error: { code: 'BUG' } } });
    const folder = await work(trees, { prefix: asNamespaceRoot, job: { type: 'remove', path: 'layers' } });
    expect(folder).toMatchObject({ status: 1, line: { error: { code: 'BUG' } } });
    expect(readdirSync(trees)).toContain('layers');
  });

  test('publishes what a real overlay shows, from the layers below it', async () => {
    const trees = temporaryTrees();
    makeLayer(trees, {
      id: 'l1',
      node: directory({
        kept: file('kept'),
        changed: file('before'),
        removed: file('gone'),
        replaced: directory({ old: file('old') }),
        deep: directory({ one: file('one'), two: file('two') }),
      }),
    });
    mkdirSync(join(trees, 'attempts/x'));
    // The second layer is made by a real step on the first; then both are shown read-only.
    const script = `
      set -e
      mkdir attempts/x/upper attempts/x/work attempts/x/view attempts/x/merged
      mount -t overlay overlay -o upperdir=attempts/x/upper,workdir=attempts/x/work,lowerdir=layers/l1,userxattr attempts/x/view
      cd attempts/x/view
      echo after > changed; rm removed; rm -r replaced; mkdir replaced; echo new > replaced/new; rm deep/one; ln deep/two deep/also
      cd ../../..
      umount attempts/x/view
      mv attempts/x/upper layers/l2
      mount -t overlay overlay -o ro,lowerdir=layers/l2:layers/l1,userxattr attempts/x/merged
      exec "$@"`;
    const answer = await work(trees, {
      prefix: ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh'],
      job: {
        type: 'publish',
        merged: join(trees, 'attempts/x/merged'),
        layers: ['layers/l1', 'layers/l2'],
        name: 'it',
      },
    });
    expect(answer).toMatchObject({ status: 0, line: { result: { type: 'published', droppedCount: 0 } } });
    const [digest = ''] = readdirSync(join(trees, 'artifacts/it'));
    const tree = join(trees, 'artifacts/it', digest, 'tree');
    expect(readNode(tree)).toMatchObject({
      children: {
        kept: { contents: 'kept' },
        changed: { contents: 'after\n' },
        replaced: { children: { new: { contents: 'new\n' } } },
        deep: { children: { two: { contents: 'two' }, also: { contents: 'two' } } },
      },
    });
    expect(Object.keys((readNode(tree) as ReturnType<typeof directory>).children).toSorted()).toEqual([
      'changed',
      'deep',
      'kept',
      'replaced',
    ]);
    const inode = (path: string) => lstatSync(path).ino;
    expect(inode(join(tree, 'kept'))).toBe(inode(join(trees, 'layers/l1/kept')));
    expect(inode(join(tree, 'changed'))).toBe(inode(join(trees, 'layers/l2/changed')));
    expect(inode(join(tree, 'deep/two'))).toBe(inode(join(tree, 'deep/also')));
  });

  test.skipIf(!isRoot)('started as root, as an unmapped id, it is root of the range only', async () => {
    const trees = temporaryTrees();
    makeLayer(trees, {
      id: 'l1',
      node: directory({ mine: file('mine'), shadow: { ...file('secret', 0), uid: 42, gid: 42 } }),
    });
    writeFileSync(join(trees, 'layers/l1/theirs'), 'of the host', { mode: 0o600 });
    const first = 200_000;
    for (const path of readdirSync(trees, { recursive: true, encoding: 'utf8' })) {
      const { uid, gid } = lstatSync(join(trees, path));
      if (!path.endsWith('theirs')) chownSync(join(trees, path), first + uid, first + gid);
    }
    chownSync(trees, first, first);
    chownSync(join(trees, '..'), first, first);

    const before = readlinkSync('/proc/self/ns/user');
    const argv = ['--user', '--keep-caps', 'sh', '-c', 'read go; exec "$@"', 'sh', process.execPath, worker];
    const child = spawn('unshare', argv, { cwd: trees, stdio: ['pipe', 'pipe', 'inherit'] });
    while (readlinkSync(`/proc/${child.pid}/ns/user`) === before) execFileSync('true');
    for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${child.pid}/${map}`, `0 ${first} 65536\n`);
    const job: TreeJob = { type: 'publish', merged: join(trees, 'layers/l1'), layers: ['layers/l1'], name: 'it' };
    const answer = await answerOf(child, `go\n${JSON.stringify(job)}`);
    // It reads what belongs to the range, whatever the mode, and not what belongs to the host.
    expect(answer).toMatchObject({
      status: 1,
      line: { error: { message: expect.stringMatching(/EACCES.*theirs/) as string } },
    });

    execFileSync('rm', [join(trees, 'layers/l1/theirs')]);
    const again = spawn('unshare', argv, { cwd: trees, stdio: ['pipe', 'pipe', 'inherit'] });
    while (readlinkSync(`/proc/${again.pid}/ns/user`) === before) execFileSync('true');
    for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${again.pid}/${map}`, `0 ${first} 65536\n`);
    expect(await answerOf(again, `go\n${JSON.stringify(job)}`)).toMatchObject({
      status: 0,
      line: { result: { files: 2 } },
    });
    const [digest = ''] = readdirSync(join(trees, 'artifacts/it'));
    expect(lstatSync(join(trees, 'artifacts/it', digest, 'tree/shadow'))).toMatchObject({
      uid: first + 42,
      gid: first + 42,
    });
    expect(lstatSync(join(trees, 'artifacts/it', digest))).toMatchObject({ uid: first, gid: first });
  });
});
