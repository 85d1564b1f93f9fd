import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { publish } from '../../../store/trees/publish.ts';
import { directory, file, inodesOf, isRoot, makeNode, readNode, symlink } from './generated-tree.ts';
import { makeLayer, publishLayer, silent, temporaryTrees } from './temporary-trees.ts';

let trees: string;
beforeEach(() => {
  trees = temporaryTrees();
});

const inode = (path: string) => lstatSync(join(trees, path)).ino;
const objects = () =>
  readdirSync(join(trees, 'objects'), { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('-'));

describe('publish', () => {
  test('shares the files of the layer with the artifact and with an object named after them', () => {
    const layer = makeLayer(trees, { id: 'l1', node: directory({ bin: directory({ hello: file('hello', 0o755) }) }) });
    const { tree, ...published } = publishLayer(trees, { layer });
    expect(published).toMatchObject({ entries: 3, files: 1, sizeBytes: 5, newBytes: 5, dropped: [], droppedCount: 0 });
    expect(inode(`${tree}/bin/hello`)).toBe(inode('layers/l1/bin/hello'));
    const { uid, gid } = lstatSync(join(trees, tree));
    expect(objects()).toEqual([`2c/f24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824-755-${uid}-${gid}`]);
  });

  test('calls what is half made as it is told to, so that what a killed process leaves is found', () => {
    const layer = makeLayer(trees, { id: 'l1', node: directory({ f: file('f') }) });
    mkdirSync(join(trees, 'artifacts/.staging-mine'), { recursive: true });
    const job = { merged: join(trees, layer), layers: [layer], name: 'it' };
    const context = { trees, onProgress: silent };
    expect(() => publish({ ...job, halfMadeAs: 'mine' }, context)).toThrow(/EEXIST.*\.staging-mine/);
    expect(publish({ ...job, halfMadeAs: 'other' }, context).type).toBe('published');
    expect(() => publish({ ...job, halfMadeAs: '../x' }, context)).toThrow(/is not a name/);
  });

  test('keeps the times of directories and links', () => {
    const layer = makeLayer(trees, { id: 'l1', node: directory({ a: directory({ b: symlink('c') }) }) });
    const { tree } = publishLayer(trees, { layer });
    for (const path of ['', '/a', '/a/b']) expect(lstatSync(join(trees, tree + path)).mtimeMs).toBe(1e9);
  });

  test('writes nothing for a tree that is there already', () => {
    const node = directory({ a: file('a') });
    const one = publishLayer(trees, { layer: makeLayer(trees, { id: 'l1', node }) });
    const before = readdirSync(trees, { recursive: true });
    utimesSync(join(trees, 'artifacts'), 5, 5); // Staging would show here.
    makeLayer(trees, { id: 'l2', node });
    const two = publishLayer(trees, { layer: 'layers/l2' });
    rmSync(join(trees, 'layers/l2'), { recursive: true });
    expect(two).toEqual({ ...one, newBytes: 0 });
    expect(readdirSync(trees, { recursive: true })).toEqual(before);
    expect(lstatSync(join(trees, 'artifacts')).mtimeMs).toBe(5000);
  });

  test('counts only what the store did not have as new', () => {
    publishLayer(trees, { layer: makeLayer(trees, { id: 'l1', node: directory({ a: file('aaaa') }) }) });
    const node = directory({ a: file('aaaa'), b: file('bb') });
    expect(publishLayer(trees, { layer: makeLayer(trees, { id: 'l2', node }) })).toMatchObject({
      sizeBytes: 6,
      newBytes: 2,
    });
  });

  test('keeps hard links of the source, and makes no others', () => {
    const layer = makeLayer(trees, {
      id: 'l1',
      node: directory({ a: file('same'), b: file('same'), c: file('same') }),
    });
    linkSync(join(trees, layer, 'b'), join(trees, layer, 'd'));
    const { tree } = publishLayer(trees, { layer });
    const inodes = Object.fromEntries(inodesOf(join(trees, tree)));
    expect(inodes['/b']).toBe(inodes['/d']);
    expect(new Set(Object.values(inodes)).size).toBe(3);
    expect(objects()).toHaveLength(3);
  });

  test('gives no inode two names among the objects, in whatever order parts of a layer are published', () => {
    const layer = makeLayer(trees, {
      id: 'l1',
      node: directory({ x: directory({ f: file('same') }), y: directory({ f: file('same') }) }),
    });
    publishLayer(trees, { layer, directory: 'y', name: 'y' });
    const { tree } = publishLayer(trees, { layer });
    expect(new Set(inodesOf(join(trees, tree)).map(([, inode]) => inode)).size).toBe(2);
    expect(new Set(inodesOf(join(trees, 'objects')).map(([, inode]) => inode)).size).toBe(2);
  });

  test('does not take two objects that are one inode, as a race might leave them, for two files', () => {
    const node = directory({ x: directory({ f: file('same') }), y: directory({ f: file('same') }) });
    const layer = makeLayer(trees, { id: 'l1', node });
    publishLayer(trees, { layer, directory: 'y', name: 'y' });
    const [object = ''] = objects();
    linkSync(join(trees, 'objects', object), join(trees, 'objects', `${object}.2`));
    const { tree } = publishLayer(trees, { layer });
    expect(new Set(inodesOf(join(trees, tree)).map(([, inode]) => inode)).size).toBe(2);
  });

  test('does not believe in an object that was cut short', () => {
    const { tree } = publishLayer(trees, {
      layer: makeLayer(trees, { id: 'l1', node: directory({ a: file('whole') }) }),
    });
    truncateSync(join(trees, tree, 'a'), 2);
    const layer = makeLayer(trees, { id: 'l2', node: directory({ a: file('whole') }) });
    const again = publishLayer(trees, { layer, name: 'again' });
    expect(readFileSync(join(trees, again.tree, 'a'), 'utf8')).toBe('whole');
    const third = publishLayer(trees, { layer, name: 'third' });
    expect(inode(`${third.tree}/a`)).toBe(inode(`${again.tree}/a`));
  });

  test('leaves nothing when it fails on the way', () => {
    const layer = makeLayer(trees, { id: 'l1', node: directory({ a: file('a'), hello: file('hello') }) });
    writeFileSync(join(trees, 'objects/2c'), 'in the way of the object of `hello`');
    expect(() => publishLayer(trees, { layer })).toThrow(/ENOTDIR|EEXIST/);
    expect(readdirSync(join(trees, 'artifacts'))).toEqual([]);
  });

  test('drops and tells what is neither file, directory nor link, without waiting for it', () => {
    const layer = makeLayer(trees, { id: 'l1', node: directory({ a: file('a') }) });
    execFileSync('mkfifo', [join(trees, layer, 'pipe')]);
    const { dropped, droppedCount, tree } = publishLayer(trees, { layer });
    expect({ dropped, droppedCount }).toEqual({ dropped: [{ path: 'pipe', type: 'fifo' }], droppedCount: 1 });
    expect(readNode(join(trees, tree))).toEqual(directory({ a: file('a') }));
    makeLayer(trees, { id: 'l2', node: directory({ a: file('a') }) });
    expect(publishLayer(trees, { layer: 'layers/l2' }).digest).toBe(tree.split('/')[2]);
  });

  test.each([
    ['gone/deep', 'There is no directory `gone` in the workspace.'],
    ['link/tree', '`link` in the workspace is a symbolic link'],
    ['real/link', '`real/link` in the workspace is a symbolic link'],
    ['real/file', '`real/file` in the workspace is not a directory.'],
    ['../layers', 'is not a path inside'],
    ['real/../real', 'is not a path inside'],
    ['/etc', 'is not a path inside'],
  ])('refuses %s', (path, message) => {
    const node = directory({
      real: directory({ tree: directory({}), file: file(''), link: symlink('/etc') }),
      link: symlink('real'),
    });
    const layer = makeLayer(trees, { id: 'l1', node });
    const job = { merged: join(trees, layer), layers: [layer], name: 'it', directory: path };
    expect(publish(job, { trees, onProgress: silent })).toEqual({
      type: 'refused',
      message: expect.stringContaining(message) as string,
    });
    expect(existsSync(join(trees, 'artifacts/it'))).toBe(false);
  });

  test.each(['.', './d', 'd/', './/d/.', 'd/e/.'])('takes %s for the directory that it means', (path) => {
    const layer = makeLayer(trees, { id: 'l1', node: directory({ d: directory({ e: directory({ f: file('f') }) }) }) });
    const { tree } = publishLayer(trees, { layer, directory: path });
    expect(readNode(join(trees, tree))).toEqual(readNode(join(trees, layer, path)));
    expect(inodesOf(join(trees, tree))).toEqual(inodesOf(join(trees, layer, path)));
  });

  test('refuses directories deeper than a path can reach', { timeout: 60_000 }, () => {
    const layer = makeLayer(trees, { id: 'l1', node: directory({}) });
    const script = 'cd "$0"; n=$(printf %0200d 0); i=0; while [ $i -lt 30 ]; do mkdir $n; cd -P $n; i=$((i+1)); done';
    execFileSync('sh', ['-c', script, join(trees, layer)]);
    const job = { merged: join(trees, layer), layers: [layer], name: 'it' };
    expect(publish(job, { trees, onProgress: silent })).toMatchObject({ type: 'refused' });
    execFileSync('rm', ['-rf', join(trees, layer)]);
  });
});

describe('publish from several layers', () => {
  const merged = () => join(trees, 'merged');

  /** The topmost layer is the last; `view` is what an overlay of them would show. */
  function publishView(layers: ReturnType<typeof directory>[], view: ReturnType<typeof directory>) {
    const names = layers.map((node, index) => makeLayer(trees, { id: `l${index + 1}`, node }));
    makeNode(merged(), view);
    const result = publish({ merged: merged(), layers: names, name: 'it' }, { trees, onProgress: silent });
    if (result.type === 'refused') throw new Error(result.message);
    return `artifacts/it/${result.digest}/tree`;
  }

  test('takes each file from the topmost layer that has it', () => {
    const tree = publishView(
      [directory({ a: file('a1'), b: file('b1') }), directory({ a: file('a2') })],
      directory({ a: file('a2'), b: file('b1') }),
    );
    expect(inode(`${tree}/a`)).toBe(inode('layers/l2/a'));
    expect(inode(`${tree}/b`)).toBe(inode('layers/l1/b'));
  });

  test('does not follow a link that stands in a layer where the view has a directory', () => {
    const outside = join(trees, 'outside');
    makeNode(outside, directory({ f: file('evil') }));
    const tree = publishView(
      [
        directory({ d: directory({ f: file('good') }) }),
        directory({ d: symlink(outside) }),
        directory({ d: directory({}) }),
      ],
      directory({ d: directory({ f: file('good') }) }),
    );
    expect(readFileSync(join(trees, tree, 'd/f'), 'utf8')).toBe('good');
    expect(inode(`${tree}/d/f`)).toBe(inode('layers/l1/d/f'));
  });

  test('reads the view itself where no layer agrees with it', () => {
    const g = { ...file('only seen', 0o4711), ...(isRoot ? { uid: 42, gid: 43 } : {}) };
    const tree = publishView([directory({ f: file('old!') })], directory({ f: file('seen'), g }));
    // Same size and time: only the view can tell, so make them differ.
    utimesSync(join(merged(), 'f'), 5, 5);
    rmSync(join(trees, 'artifacts/it'), { recursive: true });
    const result = publish({ merged: merged(), layers: ['layers/l1'], name: 'it' }, { trees, onProgress: silent });
    expect(result).toMatchObject({ type: 'published' });
    const [digest] = readdirSync(join(trees, 'artifacts/it'));
    expect(`artifacts/it/${digest}/tree`).not.toBe(tree);
    expect(readNode(join(trees, `artifacts/it/${digest}/tree`))).toEqual(readNode(merged()));
    expect(inode(`artifacts/it/${digest}/tree/g`)).not.toBe(lstatSync(join(merged(), 'g')).ino);
  });

  test('publishes a directory that only some layers have', () => {
    makeLayer(trees, { id: 'l1', node: directory({ other: file('') }) });
    makeLayer(trees, { id: 'l2', node: directory({ out: directory({ deep: directory({ f: file('f') }) }) }) });
    mkdirSync(merged());
    makeNode(join(merged(), 'out'), directory({ deep: directory({ f: file('f') }) }));
    const job = { merged: merged(), layers: ['layers/l1', 'layers/l2'], name: 'it', directory: 'out/deep' };
    const result = publish(job, { trees, onProgress: silent });
    const digest = result.type === 'published' ? result.digest : result.message;
    expect(inode(`artifacts/it/${digest}/tree/f`)).toBe(inode('layers/l2/out/deep/f'));
  });
});

describe('publish, of what a step left to cost as much as it can,', () => {
  test('refuses holes that would take hours to hash, before it hashes them', () => {
    const layer = makeLayer(trees, { id: 'l1', node: directory({ a: file('a'), b: file('') }) });
    truncateSync(join(trees, layer, 'b'), 2 ** 42);
    const job = { merged: join(trees, layer), layers: [layer], name: 'it' };
    expect(publish(job, { trees, onProgress: silent })).toEqual({
      type: 'refused',
      message: 'It has files of holes, longer by 64 GiB than what they hold: `b` and those before it.',
    });
    expect(readdirSync(join(trees, 'artifacts'))).toEqual([]);
  });

  test('refuses paths that are too long only in the store, and leaves nothing behind', () => {
    const layer = makeLayer(trees, { id: 'l1', node: directory({}) });
    // As the kernel takes them from the merged view: 4060 bytes below a short path.
    const deep = [...Array.from({ length: 20 }, () => 'd'.repeat(199)), 'e'.repeat(60)].join('/');
    const short = `/proc/self/fd/${openSync(join(trees, layer), 'r')}/.`;
    mkdirSync(`${short}/${deep}`, { recursive: true });
    const job = { merged: short, layers: [], name: 'it' };
    expect(publish(job, { trees, onProgress: silent })).toMatchObject({
      type: 'refused',
      message: expect.stringContaining('4096 bytes') as string,
    });
    expect(readdirSync(join(trees, 'artifacts'))).toEqual([]);
  });

  test(
    'takes more links of one file than a file can have in a layer and an artifact together',
    { timeout: 60_000 },
    () => {
      const layer = makeLayer(trees, { id: 'l1', node: directory({ a: file('contents') }) });
      for (let n = 0; n < 33_000; n++) linkSync(join(trees, layer, 'a'), join(trees, layer, `l${n}`));
      const { tree, files } = publishLayer(trees, { layer });
      const inodes = new Set(readdirSync(join(trees, tree)).map((name) => inode(`${tree}/${name}`)));
      expect([files, inodes.size <= 2]).toEqual([33_001, true]);
    },
  );
});
