import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkArchive } from '../../../store/trees/check-archive.ts';
import { exportTarArgv, importTarArgv } from '../../../store/trees/tar-argv.ts';
import { anyTree, canonical, directory, file, makeNode, readNode } from './generated-tree.ts';
import { end, member, pax } from './handmade-tar.ts';
import { temporaryTrees } from './temporary-trees.ts';

let trees: string;
beforeEach(() => {
  trees = temporaryTrees();
});

function check(archive: Buffer, limits = { maxSizeBytes: 1e9, maxMembers: 1e6 }) {
  writeFileSync(join(trees, 'attempts/x.tar'), archive);
  return checkArchive({ archive: 'attempts/x.tar', ...limits }, trees);
}
const refused = (message: string) =>
  expect.objectContaining({ code: 'ARCHIVE_REFUSED', message: expect.stringContaining(message) as string }) as Error;

const tarOf = (...members: Buffer[]) => Buffer.concat([...members, end]);
const dir = (name: string) => member({ name, type: '5' });
const link = (name: string, linkName: string) => member({ name, type: '2', linkName });
const hard = (name: string, linkName: string) => member({ name, type: '1', linkName });

describe('an archive is accepted', () => {
  test('with files, directories and links of both kinds', () => {
    const archive = tarOf(
      dir('./'),
      dir('./bin/'),
      member({ name: './bin/sh', contents: 'shell' }),
      hard('./bin/dash', './bin/sh'),
      link('./etc', '/anywhere/../at all'),
    );
    expect(check(archive)).toEqual({ members: 5, files: 2, sizeBytes: 5 });
  });

  test('with long names in each of the three ways', () => {
    const long = `${'d'.repeat(150)}/${'f'.repeat(150)}`;
    const gnu = (type: string, contents: string) => member({ name: '././@LongLink', type, contents: `${contents}\0` });
    const target = member({ magic: 'ustar  \0' });
    expect(check(tarOf(gnu('L', long), target, gnu('K', long), hard('b', ''))).members).toBe(2);
    expect(check(tarOf(pax([['path', long]]), member({}), pax([['linkpath', long]]), hard('b', ''))).members).toBe(2);
    const split = member({ prefix: 'd'.repeat(150), name: 'f'.repeat(90) });
    const linkpath = `${'d'.repeat(150)}/${'f'.repeat(90)}`;
    expect(check(tarOf(split, pax([['linkpath', linkpath]]), hard('b', ''))).members).toBe(2);
  });

  test('with a size that only an extended header can hold', () => {
    const archive = tarOf(pax([['size', '5']]), member({ size: '00000000000\0', contents: 'hello' }));
    expect(check(archive).sizeBytes).toBe(5);
  });

  test('with a size in base 256', () => {
    expect(check(tarOf(member({ size: `\x80${'\0'.repeat(10)}\x05`, contents: 'hello' }))).sizeBytes).toBe(5);
  });

  test('with a directory as archives before POSIX have it', () => {
    expect(check(tarOf(member({ name: 'd/', magic: '' }), member({ name: 'd/f', magic: '' })))).toMatchObject({
      files: 1,
    });
  });

  test('of GNU, which keeps other things where POSIX has a prefix', () => {
    expect(check(tarOf(member({ magic: 'ustar  \0', prefix: '..' }), hard('h', 'f'))).members).toBe(2);
  });

  test('with a comment for all its members, as git archive writes it', () => {
    expect(check(tarOf(pax([['comment', 'abc']], 'g'), member({}))).members).toBe(1);
  });

  test.each(['pax', 'gnu', 'ustar', 'v7'])('as GNU tar writes it in its format %s', (format) => {
    makeNode(join(trees, 'attempts/tree'), directory({ a: directory({ ['n'.repeat(90)]: file('x') }), b: file('yy') }));
    const archive = execFileSync('tar', [`--format=${format}`, '-C', join(trees, 'attempts/tree'), '-cf', '-', '.']);
    expect(check(archive)).toEqual({ members: 4, files: 2, sizeBytes: 3 });
  });

  test('and what tar unpacks from it is the tree that was exported', { timeout: 120_000 }, () => {
    let number = 0;
    fc.assert(
      fc.property(anyTree, (node) => {
        const from = join(trees, `attempts/from${++number}`);
        const to = join(trees, `attempts/to${number}`);
        makeNode(from, node);
        mkdirSync(to);
        const [tar, ...exportArgs] = exportTarArgv({ directory: from });
        const archive = execFileSync(tar!, exportArgs);
        check(archive);
        execFileSync(tar!, importTarArgv({ directory: to }).slice(1), { input: archive });
        expect(canonical(readNode(to))).toBe(canonical(node));
      }),
      { numRuns: 20 },
    );
  });
});

describe('an archive is refused', () => {
  const contents = 'x'.repeat(100);
  test.each<[string, Buffer, string]>([
    ['an absolute name', tarOf(member({ name: '/etc/passwd' })), 'not a relative name'],
    ['no name', tarOf(pax([['path', '']]), member({})), 'not a relative name'],
    ['a name that leads out', tarOf(member({ name: 'a/../../b' })), 'leads out'],
    ['a long name that leads out', tarOf(member({ type: 'L', contents: '../b\0' }), member({})), 'leads out'],
    ['an extended name that leads out', tarOf(pax([['path', '../b']]), member({})), 'leads out'],
    ['a prefix that leads out', tarOf(member({ prefix: '..', name: 'b' })), 'leads out'],
    ['a file below a link', tarOf(link('s', '/tmp'), member({ name: 's/f' })), 'below the symlink "s"'],
    [
      'a file below a link, deeper',
      tarOf(link('a/s', '.'), member({ name: './a//s/./d/f' })),
      'below the symlink "a/s"',
    ],
    ['a file below a file', tarOf(member({ name: 's' }), member({ name: 's/f' })), 'below the file "s"'],
    ['a directory that becomes a link', tarOf(dir('d'), link('d', '/tmp')), '"d" twice'],
    ['an implied directory that becomes a link', tarOf(member({ name: 'd/f' }), link('d', '/tmp')), '"d" twice'],
    ['a link that becomes a directory', tarOf(link('d', '/tmp'), dir('d')), '"d" twice'],
    ['a link that becomes a file', tarOf(link('d', '/tmp'), member({ name: './d' })), '"d" twice'],
    ['a file twice', tarOf(member({}), member({})), '"f" twice'],
    ['a root that is no directory', tarOf(link('./', '/tmp')), '"" twice'],
    ['a hard link out', tarOf(hard('h', '/etc/passwd')), 'not a relative name'],
    ['a hard link out by dots', tarOf(hard('h', '../x')), 'leads out'],
    ['a hard link to nothing', tarOf(hard('h', 'f'), member({})), 'no file before it'],
    ['a hard link to a link', tarOf(link('s', '/x'), hard('h', 's')), 'no file before it'],
    ['a character device', tarOf(member({ type: '3' })), 'a device'],
    ['a block device', tarOf(member({ type: '4' })), 'a device'],
    ['a FIFO', tarOf(member({ type: '6' })), 'a fifo'],
    ['a sparse file', tarOf(member({ type: 'S' })), 'unknown type "S"'],
    ['a volume label', tarOf(member({ type: 'V' })), 'unknown type "V"'],
    ['a contiguous file', tarOf(member({ type: '7' })), 'unknown type "7"'],
    ['a sparse file of pax', tarOf(pax([['GNU.sparse.major', '1']]), member({})), 'sparse'],
    ['a negative size', tarOf(member({ size: '\xff'.repeat(12) })), 'impossible number'],
    ['a negative size of pax', tarOf(pax([['size', '-1']]), member({})), 'impossible size'],
    ['a negative size near zero', tarOf(member({ size: `\xff${'\0'.repeat(10)}\x05` })), 'impossible number'],
    ['a huge size', tarOf(member({ size: `\x80${'\xff'.repeat(11)}` })), 'impossible number'],
    ['a size that is no number', tarOf(member({ size: '0000000x001\0' })), 'impossible number'],
    ['a wrong checksum', tarOf(member({ checksum: '000001\0 ' })), 'wrong checksum'],
    [
      'two names for one member',
      tarOf(pax([['path', 'a']]), member({ type: 'L', contents: 'b\0' }), member({})),
      'twice',
    ],
    [
      'one name twice',
      tarOf(
        pax([
          ['path', 'a'],
          ['path', 'b'],
        ]),
        member({}),
      ),
      'twice',
    ],
    ['two extended headers of one member', tarOf(pax([['path', 'a']]), pax([]), member({})), 'two extended headers'],
    ['a name with a zero byte', tarOf(pax([['path', 'a\0b']]), member({})), 'zero byte'],
    ['a long name with a zero byte', tarOf(member({ type: 'L', contents: 'a\0b\0' }), member({})), 'zero byte'],
    ['a name for all members', tarOf(pax([['path', 'a']], 'g'), member({})), 'global header'],
    ['a directory with contents', tarOf(member({ name: 'd', type: '5', contents })), 'is no file'],
    ['a link with contents', tarOf(member({ name: 'd', type: '2', linkName: 'x', contents })), 'is no file'],
    [
      'a damaged extended header',
      tarOf(member({ type: 'x', contents: '99 path=a\n' }), member({})),
      'damaged extended',
    ],
    ['an extended header without a member', tarOf(pax([['path', 'a']])), 'ends after an extended header'],
    ['an endless extended header', tarOf(member({ type: 'x', size: '77777777777\0' })), 'impossible size'],
    ['more after its end', Buffer.concat([member({}), Buffer.alloc(512), member({ name: 'g' })]), 'after its end'],
    ['no end', member({}), 'cut short'],
    ['text', Buffer.from('all work and no play '.repeat(100)), 'no tar archive'],
    ['nothing', Buffer.alloc(0), 'cut short'],
    ['a link to nothing', tarOf(link('s', '')), 'whose target is empty'],
    ['a link to too much', tarOf(pax([['linkpath', 'x'.repeat(4096)]]), link('s', '')), 'empty or too long'],
    ['too long a part of a name', tarOf(pax([['path', `a/${'x'.repeat(256)}`]]), member({})), 'more than 255 bytes'],
    ['too long a name', tarOf(pax([['path', 'x/'.repeat(2500)]]), member({})), 'more than 4000'],
  ])('for %s', (_, archive, message) => {
    expect(() => check(archive)).toThrow(refused(message));
  });

  test('when it is larger or has more members than allowed', () => {
    const archive = tarOf(member({ name: 'a', contents }), member({ name: 'b', contents }));
    const limits = { maxSizeBytes: 200, maxMembers: 2 };
    expect(check(archive, limits)).toEqual({ members: 2, files: 2, sizeBytes: 200 });
    expect(() => check(archive, { ...limits, maxSizeBytes: 199 })).toThrow(refused('more than 199 bytes'));
    expect(() => check(archive, { ...limits, maxMembers: 1 })).toThrow(refused('more than 1 members'));
  });

  test('when it was cut short at any byte', () => {
    const archive = tarOf(dir('d'), pax([['path', 'long']]), member({ contents }), hard('h', 'long'));
    fc.assert(
      fc.property(fc.nat(archive.length - 513), (length) => {
        expect(() => check(archive.subarray(0, length))).toThrow(refused(''));
      }),
    );
    expect(check(archive).members).toBe(3);
  });

  test('for members that lie beyond the first mebibyte as well', () => {
    const large = member({ name: 'large', contents: Buffer.alloc(3 * 1024 * 1024, 1) });
    expect(check(tarOf(large, member({}))).members).toBe(2);
    expect(() => check(tarOf(large, member({ name: '../f' })))).toThrow(refused('leads out'));
  });
});
