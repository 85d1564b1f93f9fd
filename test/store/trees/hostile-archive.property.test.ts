import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { ContractorError } from '../../../errors.ts';
import { checkArchive } from '../../../store/trees/check-archive.ts';
import { importTarArgv } from '../../../store/trees/tar-argv.ts';
import { tarMembers } from '../../../store/trees/tar-headers.ts';
import { end, member, pax } from './handmade-tar.ts';
import { temporaryTrees } from './temporary-trees.ts';

/** Names that collide, lead out, hide, or cannot be shown. All that is absolute leads to where nothing is. */
const NAMES = [
  ...[
    'a',
    'a/',
    './a',
    'a/b',
    'a/b/c',
    'l',
    'l/x',
    'l/x/y',
    'f',
    'f/',
    './f',
    'f/x',
    '.',
    './',
    '',
    '..',
    '../x',
    'a/../../x',
  ],
  ...[
    '/nowhere-of-contractor/x',
    '//nowhere-of-contractor',
    'outside',
    '../outside/secret',
    'a/./b',
    'a//b',
    'new\nline',
    ' ',
  ],
  ...[
    '\xff\xfe',
    '\xc3\xa9',
    '-rf',
    '--help',
    'x'.repeat(99),
    'n'.repeat(256),
    'd'.repeat(60) + '/' + 'e'.repeat(39),
    '.wh.a',
    'C:\\x',
    '*',
  ],
];

interface HostileMember {
  readonly name: string;
  readonly linkName: string;
  readonly type: string;
  readonly named: 'header' | 'pax' | 'gnu' | 'prefix' | 'both';
  readonly contents: string;
  readonly magic: string;
  readonly size: string | undefined;
  readonly records: readonly (readonly [string, string])[];
}

/** Names that mostly go together, so that more than the first member is looked at. */
const TIDY = ['b', 'c', 'd', 'e', 'g', 'h', 'i', 'j', 'k'].flatMap((letter) => [
  `t${letter}`,
  `dir-${letter}/f`,
  `./dir-${letter}/é\xff`,
]);

const name = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...TIDY) },
  { weight: 1, arbitrary: fc.constantFrom(...NAMES) },
);
const hostileMember: fc.Arbitrary<HostileMember> = fc.record({
  name,
  linkName: fc.oneof(name, fc.constantFrom('/etc/passwd', '../outside', '../outside/secret', 'a', 'f')),
  // Mostly what may be accepted: else each archive is refused for its first member.
  type: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom('0', '0', '5', '5', '1', '2') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('\0', '3', '4', '6', '7', 'S', 'V', 'M', 'N', 'D', 'x', 'g', 'L', 'K', 'Z'),
    },
  ),
  named: fc.oneof(
    { weight: 5, arbitrary: fc.constant('header' as const) },
    { weight: 2, arbitrary: fc.constantFrom('pax', 'gnu', 'prefix', 'both') },
  ),
  contents: fc.constantFrom('', 'x', 'y'.repeat(511), 'z'.repeat(513)),
  magic: fc.constantFrom('ustar\x0000', 'ustar\x0000', 'ustar  \0', ''),
  size: fc.oneof(
    { weight: 20, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('77777777777\0', '\x80' + '\xff'.repeat(11), '00000000001\0', '-1\0') },
  ),
  records: fc.oneof(
    { weight: 15, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom<readonly [string, string]>(
          ['GNU.sparse.major', '1'],
          ['GNU.sparse.name', '../x'],
          ['GNU.sparse.realsize', '99999999'],
          ['SCHILY.xattr.user.overlay.whiteout', 'y'],
          ['SCHILY.xattr.security.capability', '\x01'],
          ['SCHILY.acl.access', 'user::rwx'],
          ['size', '0'],
          ['hdrcharset', 'BINARY'],
          ['path', '../x'],
        )
        .map((record) => [record]),
    },
  ),
});

/** What became of the archive on its way. */
const damage = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ type: 'none' } as const) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('cut' as const), at: fc.nat(20_000) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('flipped' as const), at: fc.nat(20_000), bit: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.constant({ type: 'twice' } as const) },
);

function bytesOf({ name, linkName, type, named, contents, magic, size, records }: HostileMember): Buffer {
  const isFile = type === '0' || type === '\0' || type === '7';
  const header = { type, magic, linkName, contents: isFile ? contents : '', ...(size === undefined ? {} : { size }) };
  const more = records.length === 0 ? [] : [pax(records.map(([key, value]) => [key, value]))];
  const gnu = (flag: string, text: string): Buffer =>
    member({ name: '././@LongLink', type: flag, contents: Buffer.from(`${text}\0`, 'latin1') });
  switch (named) {
    case 'header':
      return Buffer.concat([...more, member({ ...header, name })]);
    case 'pax':
      return Buffer.concat([
        ...more,
        pax([['path', name], ...(type === '1' || type === '2' ? [['linkpath', linkName] as [string, string]] : [])]),
        member(header),
      ]);
    case 'gnu':
      return Buffer.concat([...more, gnu('L', name), ...(type === '1' ? [gnu('K', linkName)] : []), member(header)]);
    case 'prefix':
      return Buffer.concat([...more, member({ ...header, prefix: name, name: 'f' })]);
    case 'both':
      return Buffer.concat([...more, pax([['path', name]]), member({ ...header, name: '../x' })]);
  }
}

function archiveOf(members: readonly HostileMember[], what: { type: string; at?: number; bit?: number }): Buffer {
  const archive = Buffer.concat([...members.map(bytesOf), end]);
  if (what.type === 'twice') return Buffer.concat([archive, archive]);
  if (what.type === 'cut') return archive.subarray(0, (what.at ?? 0) % archive.length);
  if (what.type === 'flipped') {
    const at = (what.at ?? 0) % archive.length;
    archive.writeUInt8(archive.readUInt8(at) ^ (1 << (what.bit ?? 0)), at);
  }
  return archive;
}

/** All that is at `path` and below: kinds, lengths of files, targets of links. */
function listing(path: string, shown = ''): string[] {
  const at = Buffer.from(path, 'latin1');
  const stats = lstatSync(at);
  const kind = stats.isDirectory() ? 'd' : stats.isFile() ? `f${stats.size}` : stats.isSymbolicLink() ? 'l' : 'other';
  const below = stats.isDirectory()
    ? readdirSync(at, 'latin1').flatMap((each) => listing(`${path}/${each}`, `${shown}/${each}`))
    : [];
  return [`${kind} ${shown}`, ...below].toSorted();
}

/** The same as our own reader says that it will be. */
function foretold(archive: Buffer): string[] {
  const tree = new Map<string, string>([['', 'd']]);
  let at = 0;
  const source = {
    read: (length: number): Buffer => archive.subarray(at, (at += length)),
    skip: (length: number): void => void (at += length),
  };
  for (const each of tarMembers(source)) {
    const names = each.name.split('/').filter((part) => part !== '' && part !== '.');
    for (let depth = 1; depth < names.length; depth++) tree.set(`/${names.slice(0, depth).join('/')}`, 'd');
    const path = names.length === 0 ? '' : `/${names.join('/')}`;
    const target = each.linkName
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/');
    if (each.type === 'hard-link') tree.set(path, tree.get(`/${target}`) ?? 'other');
    else tree.set(path, each.type === 'file' ? `f${each.sizeBytes}` : each.type === 'symlink' ? 'l' : 'd');
  }
  return [...tree].map(([path, kind]) => `${kind} ${path}`).toSorted();
}

let trees: string;
beforeEach(() => {
  trees = temporaryTrees();
  mkdirSync(join(trees, 'attempts/outside'));
  writeFileSync(join(trees, 'attempts/outside/secret'), 'secret');
});

describe('[A-94] a hostile archive', () => {
  test('is refused, or tar makes of it what was foretold, and nothing elsewhere', { timeout: 240_000 }, () => {
    const into = join(trees, 'attempts/into');
    const before = listing(join(trees, 'attempts/outside'));
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(hostileMember, { minLength: 1, maxLength: 6 }), damage, (members, what) => {
        const archive = archiveOf(members, what);
        const path = join(trees, 'attempts/x.tar');
        writeFileSync(path, archive);
        const began = performance.now();
        const refusal = refusalOf(() =>
          checkArchive({ archive: 'attempts/x.tar', maxSizeBytes: 1e9, maxMembers: 1e6 }, trees),
        );
        if (performance.now() - began > 5000) throw new Error('it took too long to read');
        if (refusal !== undefined) return refusal instanceof ContractorError && refusal.code === 'ARCHIVE_REFUSED';
        accepted++;
        mkdirSync(into);
        try {
          const [tar, ...argv] = importTarArgv({ directory: into });
          const { status, stderr } = spawnSync(tar ?? '', argv, { input: archive, encoding: 'utf8' });
          if (status !== 0) throw new Error(`tar does not take what was accepted: ${stderr}`);
          const [made, said] = [listing(into).join('\n'), foretold(archive).join('\n')];
          if (made !== said) throw new Error(`tar made\n${made}\nand not\n${said}`);
          return readFileSync(join(trees, 'attempts/outside/secret'), 'utf8') === 'secret';
        } finally {
          rmSync(into, { recursive: true, force: true });
        }
      }),
      { numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(0);
    expect(listing(join(trees, 'attempts/outside'))).toEqual(before);
    expect(readdirSync(join(trees, 'attempts')).toSorted()).toEqual(['outside', 'x.tar']);
  });
});

function refusalOf(doIt: () => unknown): unknown {
  try {
    doIt();
    return undefined;
  } catch (error) {
    return error;
  }
}
