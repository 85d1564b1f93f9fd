import { execFileSync } from 'node:child_process';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { TwoBuilds } from '../../../../store/trees/causes/cause.ts';
import { causesOf } from '../../../../store/trees/causes/causes-of.ts';
import { temporaryDirectory } from '../../temporary-directory.ts';

const from = Date.UTC(2026, 10, 25, 21, 41, 22);
const builds: TwoBuilds = { from, to: from + 5000, processors: [8, 7] };

function causes(before: string | Buffer, after: string | Buffer): readonly string[] {
  return causesOf(Buffer.from(before as string), Buffer.from(after as string), builds);
}

describe('of text', () => {
  test.each([
    ['built 2026-11-25T21:41:22Z\n', 'built 2026-11-25T21:41:25Z\n', ['time']],
    ['Wed Nov 25 21:41:22 UTC 2026', 'Thu Nov 26 00:00:01 UTC 2026', ['time']],
    ['const d = "Nov  9 2026 9:59:59";', 'const d = "Nov 10 2026 10:00:00";', ['time']],
    ['Date: Wed, 25 Nov 2026 21:41:22 +0000', 'Date: Wed, 25 Nov 2026 21:41:24 +0000', ['time']],
    ['made at 1795642882', 'made at 1795642884', ['time']],
    ['made at 1795642882.123456789 so', 'made at 1795642884.5 so', ['time']],
    ['hello-20261125T214122Z.tar', 'hello-20261125T214124Z.tar', ['time']],
    ['compiled in 0.53s', 'compiled in 1.2s', ['duration']],
    ['id 6b0bd2f5-4ad2-4c8b-b8a5-f9c4f28f7e10', 'id 00000000-4ad2-4c8b-b8a5-f9c4f28f7e11', ['random-name']],
    ['cc /tmp/ccAb12x9.s', 'cc /tmp/ccZZ92x1.s', ['random-name']],
    ['sum 0123456789abcdef0123', 'sum fedcba98765432100000', ['digest']],
    ['<object at 0x7f3210ab>', '<object at 0x7f99ffab>', ['address']],
    ['make -j8 on 8 processors', 'make -j7 on 7 processors', ['processors']],
    ['7 files', '12 files', ['number']],
    ['seed 12345\n', 'seed 991\n', ['number']],
    ['b\na\nc\n', 'a\nb\nc\n', ['line-order']],
    ['OBJECTS = b.o a.o', 'OBJECTS = a.o b.o', ['word-order']],
    ['{"b": 1, "a": 2}', '{"a": 2, "b": 1}', ['word-order']],
    ['b 21:41:22\na 3 files\n', 'a 9 files\nb 21:41:25\n', ['time', 'number', 'line-order']],
    ['at 21:41:22, seed 12345', 'at 21:41:25, seed 99', ['time', 'number']],
    ['at 21:41:22', 'at 21:41:2x', []],
    ['red', 'blue', []],
    ['red 21:41:22', 'blue 21:41:25', []],
  ])('%j and %j', (before, after, expected) => {
    expect(causes(before, after)).toEqual(expected);
    expect(causes(after, before)).toEqual(expected);
  });

  test('takes seconds since 1970 for a time near the builds alone', () => {
    expect(causes('port 1095642882', 'port 1095642884')).toEqual(['number']);
  });

  test('knows nothing of processors when both builds had as many', () => {
    const alike = { ...builds, processors: [8, 8] };
    expect(causesOf(Buffer.from('-j8'), Buffer.from('-j7'), alike)).toEqual(['number']);
  });

  test('finds a date in other bytes, but takes no order and no number for one there', () => {
    const binary = (text: string) => Buffer.from(`\0\x01\x02${text}\0\xff`, 'latin1');
    expect(causes(binary('Nov 25 2026 21:41:22'), binary('Nov 25 2026 21:41:25'))).toEqual(['time']);
    expect(causes(binary('b a'), binary('a b'))).toEqual([]);
    expect(causes(binary('17'), binary('18'))).toEqual([]);
  });
});

describe('of formats', () => {
  const gzipAt = (text: string, seconds: number): Buffer => {
    const bytes = gzipSync(text);
    bytes.writeUInt32LE(seconds, 4);
    return bytes;
  };

  test('gzip: the time in its head, and what differs within', () => {
    expect(causes(gzipAt('hello', 1000), gzipAt('hello', 1002))).toEqual(['gzip-time']);
    expect(causes(gzipAt('at 21:41:22', 1000), gzipAt('at 21:41:25', 1002))).toEqual(['time', 'gzip-time']);
    expect(causes(gzipAt('at 21:41:22', 0), gzipAt('at 21:41:25', 0))).toEqual(['time']);
    expect(causes(gzipAt('red', 1000), gzipAt('blue', 1002))).toEqual([]);
  });

  test('zstd: what differs within', () => {
    expect(causes(zstdCompressSync('b\na\n'), zstdCompressSync('a\nb\n'))).toEqual(['line-order']);
  });

  test('compressed bytes that end too early are compared as they are', () => {
    const [one, other] = [gzipAt('hello', 1000), gzipAt('hello', 1002)];
    expect(causes(one.subarray(0, 20), other.subarray(0, 20))).toEqual(['gzip-time']);
  });

  test('Python: the time of the source', () => {
    const pyc = (time: number, flags = 0) => {
      const bytes = Buffer.alloc(40, 7);
      bytes.writeUInt32LE(0x0a0d0000, 0);
      bytes.writeUInt16LE(3531, 0);
      bytes.writeUInt32LE(flags, 4);
      bytes.writeUInt32LE(time, 8);
      return bytes;
    };
    expect(causes(pyc(1000), pyc(1002))).toEqual(['pyc-time']);
    expect(causes(pyc(1000, 1), pyc(1002, 1))).toEqual([]);
  });

  test('ELF: the build id', () => {
    const one = elf(Buffer.from('11'.repeat(20), 'hex'));
    const other = elf(Buffer.from('22'.repeat(20), 'hex'));
    expect(causes(one, other)).toEqual(['build-id']);
    const code = Buffer.concat([other, Buffer.from('\0at 21:41:25', 'latin1')]);
    expect(causes(Buffer.concat([one, Buffer.from('\0at 21:41:22', 'latin1')]), code)).toEqual(['build-id', 'time']);
  });

  test('tar: times, owners and order of its members', () => {
    const one = tar(['a', 'b'], ['--mtime=@1000', '--owner=:1', '--group=:1']);
    expect(causes(one, tar(['a', 'b'], ['--mtime=@1002', '--owner=:1', '--group=:1']))).toEqual(['archive-times']);
    expect(causes(one, tar(['a', 'b'], ['--mtime=@1000', '--owner=:2', '--group=:1']))).toEqual(['archive-owners']);
    expect(causes(one, tar(['b', 'a'], ['--mtime=@1000', '--owner=:1', '--group=:1']))).toEqual(['archive-order']);
    expect(causes(one, tar(['b', 'a'], ['--mtime=@1002', '--owner=who:2', '--group=:1']))).toEqual([
      'archive-times',
      'archive-owners',
      'archive-order',
    ]);
    expect(causes(one, tar(['a', 'b', 'c'], ['--mtime=@1000', '--owner=:1', '--group=:1']))).toEqual([]);
  });

  test('tar: times in extended headers, and within gzip', () => {
    const one = tar(['a', 'b'], ['--format=pax', '--mtime=@1000.123456789', '--owner=:1', '--group=:1']);
    const other = tar(['a', 'b'], ['--format=pax', '--mtime=@1002.5', '--owner=:1', '--group=:1']);
    expect(causes(one, other)).toEqual(['archive-times']);
    expect(causes(gzipAt(one.toString('latin1'), 1), gzipAt(one.toString('latin1'), 2))).toEqual(['gzip-time']);
    const [packed, repacked] = [gzipSync(one), gzipSync(other)];
    repacked.writeUInt32LE(77, 4);
    expect(causes(packed, repacked)).toEqual(['archive-times', 'gzip-time']);
  });

  test('ar: times, owners and order of its members', () => {
    const ar = (...members: readonly (readonly [string, number, number])[]) =>
      Buffer.from(
        `!<arch>\n${members
          .map(
            ([name, time, uid]) =>
              `${`${name}/`.padEnd(16)}${String(time).padEnd(12)}${String(uid).padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${'3'.padEnd(10)}\`\nabc\n`,
          )
          .join('')}`,
        'latin1',
      );
    const one = ar(['x.o', 1000, 1], ['y.o', 1000, 1]);
    expect(causes(one, ar(['x.o', 1002, 1], ['y.o', 1002, 1]))).toEqual(['archive-times']);
    expect(causes(one, ar(['x.o', 1000, 2], ['y.o', 1000, 2]))).toEqual(['archive-owners']);
    expect(causes(one, ar(['y.o', 1000, 1], ['x.o', 1000, 1]))).toEqual(['archive-order']);
    // Seconds of now are a time in text too, and are told for what they are here.
    const now = from / 1000;
    expect(causes(ar(['x.o', now, 1]), ar(['x.o', now + 2, 1]))).toEqual(['archive-times']);
  });

  test('ar: what differs within its members, each for itself, also where they are packed', () => {
    const ar = (time: number, ...members: readonly Buffer[]) =>
      Buffer.concat([
        Buffer.from('!<arch>\n'),
        ...members.flatMap((member, index) => [
          Buffer.from(
            `${`m${index}/`.padEnd(16)}${String(time).padEnd(12)}0     0     100644  ${String(member.length).padEnd(10)}\`\n`,
          ),
          member,
          Buffer.alloc(member.length % 2, '\n'),
        ]),
      ]);
    const packed = (seconds: number) => gzipSync(tar(['a'], [`--mtime=@${seconds}`, '--owner=:1', '--group=:1']));
    const deb = (seconds: number, text: string) =>
      ar(seconds, Buffer.from('2.0\n'), packed(seconds), Buffer.from(text));
    expect(causes(deb(1000, 'x'), deb(1002, 'x'))).toEqual(['archive-times']);
    expect(causes(deb(1000, 'at 21:41:22'), deb(1000, 'at 9:41:23'))).toEqual(['time']);
    expect(causes(deb(1000, 'at 21:41:22'), deb(1002, 'at 9:41:25'))).toEqual(['archive-times', 'time']);
    expect(causes(deb(1000, 'red'), deb(1002, 'blue'))).toEqual([]);
  });

  test('zip: times and order of its members', () => {
    const one = zip(['a', 'b'], 1000);
    expect(causes(one, zip(['a', 'b'], 9000))).toEqual(['archive-times']);
    expect(causes(one, zip(['b', 'a'], 1000))).toEqual(['archive-order']);
    expect(causes(one, zip(['b', 'a'], 9000))).toEqual(['archive-times', 'archive-order']);
    expect(causes(one, zip(['a', 'c'], 1000))).toEqual([]);
  });
});

/** An ELF file of one note. */
function elf(buildId: Buffer): Buffer {
  const bytes = Buffer.alloc(64 + 56 + 16 + buildId.length);
  bytes.write('\x7fELF', 'latin1');
  bytes[4] = 2;
  bytes[5] = 1;
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt32LE(4, 64);
  bytes.writeBigUInt64LE(120n, 64 + 8);
  bytes.writeBigUInt64LE(BigInt(16 + buildId.length), 64 + 32);
  bytes.writeUInt32LE(4, 120);
  bytes.writeUInt32LE(buildId.length, 124);
  bytes.writeUInt32LE(3, 128);
  bytes.write('GNU\0', 132, 'latin1');
  buildId.copy(bytes, 136);
  return bytes;
}

/** What tar(1) makes of these names. */
function tar(names: readonly string[], options: readonly string[]): Buffer {
  const directory = join(temporaryDirectory(), 'packed');
  mkdirSync(directory);
  for (const name of names) {
    writeFileSync(join(directory, name), `contents of ${name}\n`, { mode: 0o644 });
    utimesSync(join(directory, name), 1, 1);
  }
  return execFileSync('tar', [
    '--create',
    '--file=-',
    '--mode=644',
    '--pax-option=delete=atime,delete=ctime',
    ...options,
    `--directory=${directory}`,
    ...names,
  ]);
}

/** A zip archive of stored members, written by hand: APPNOTE.TXT, with an extended timestamp. */
function zip(names: readonly string[], time: number): Buffer {
  const heads: Buffer[] = [];
  const members: Buffer[] = [];
  let at = 0;
  for (const name of names) {
    const contents = Buffer.from(`contents of ${name}`);
    const extra = Buffer.alloc(9);
    extra.writeUInt16LE(0x5455, 0);
    extra.writeUInt16LE(5, 2);
    extra.writeUInt32LE(time, 5);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(time % 65_536, 6);
    common.writeUInt32LE(contents.length, 14);
    common.writeUInt32LE(contents.length, 18);
    common.writeUInt16LE(name.length, 22);
    common.writeUInt16LE(extra.length, 24);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), extra, contents]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    heads.push(
      Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, rest, Buffer.from(name), extra]),
    );
    members.push(local);
    at += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(names.length, 8);
  end.writeUInt16LE(names.length, 10);
  end.writeUInt32LE(Buffer.concat(heads).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...members, ...heads, end]);
}
