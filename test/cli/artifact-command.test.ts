import { describe, expect, test, vi } from 'vitest';
import type { ArtifactShelf, ArtifactVersion } from '../../index.ts';
import { command } from './rig/command.ts';

process.env['TZ'] = 'UTC';

const made: ArtifactVersion = {
  name: 'systree',
  version: 3,
  digest: 'f00d',
  entries: 3907,
  files: 3100,
  sizeBytes: 99_400_000,
  createdAt: Date.UTC(2026, 0, 1),
  madeBy: { run: 'r1', project: 'tree', step: '3-create-artifact' },
};
const { madeBy: _, ...imported } = { ...made, name: 'a', version: 1 };

const run = (line: string, shelf: Partial<ArtifactShelf>) =>
  command(line, { supervisor: { artifacts: shelf as ArtifactShelf }, workingDirectory: '/here' });

test('list is a table', async () => {
  const list = () => [imported, made];
  expect((await run('artifact list', { list })).stdout).toMatchInlineSnapshot(`
    "ARTIFACT   FILES  SIZE   MADE              BY
    a@1        3100   99 MB  2026-01-01 00:00  imported
    systree@3  3100   99 MB  2026-01-01 00:00  r1:tree:3-create-artifact
    "
  `);
  expect(JSON.parse((await run('artifact list --json', { list })).stdout)).toEqual(list());
  expect((await run('artifact list', { list: () => [] })).stdout).toBe('No artifacts yet.\n');
});

test('show says all there is to know', async () => {
  const show = vi.fn<ArtifactShelf['show']>(() => ({ ...made, versions: [3, 1], treePath: '/store/tree' }));
  expect((await run('artifact show systree@3', { show })).stdout).toMatchInlineSnapshot(`
    "artifact  systree@3
    digest    f00d
    size      99 MB in 3100 files, 3907 entries
    made      2026-01-01 00:00, r1:tree:3-create-artifact
    tree      /store/tree
    versions  3 1
    "
  `);
  expect(show).toHaveBeenCalledWith('systree@3');
  expect(JSON.parse((await run('artifact show systree --json', { show })).stdout)).toMatchObject({ digest: 'f00d' });
});

test('[A-170] show lists the packages of a system tree, and where they came from', async () => {
  const packages = [
    { name: 'libc6', version: '2.41-1', architecture: 'amd64', origin: 'http://deb.debian.org/debian' },
    { name: 'tzdata', version: '2026a-1', architecture: 'all' },
  ];
  const show = () => ({ ...made, versions: [3], treePath: '/store/tree', packages });
  expect((await run('artifact show systree', { show })).stdout).toMatch(
    /^packages {2}2\n\nPACKAGE .*\nlibc6 +2\.41-1 +amd64 +http:\/\/deb\.debian\.org\/debian\ntzdata +2026a-1 +all$/m,
  );
});

test.each([
  ['a.tar.zst', '/here/a.tar.zst'],
  ['a/', '/here/a/'],
  ['../a', '/a'],
  ['/abs/a', '/abs/a'],
])('export to %s', async (path, target) => {
  const exportTo = vi.fn<ArtifactShelf['exportTo']>(() => Promise.resolve({ bytes: 1234 }));
  expect((await run(`artifact export systree@3 ${path}`, { exportTo })).stdout).toBe(
    `exported systree@3 to ${path} (1.2 kB)\n`,
  );
  expect(exportTo).toHaveBeenCalledWith('systree@3', target);
});

test.each([
  [true, 'imported x.tar as systree@3 (99 MB)\n'],
  [false, 'x.tar is the same as systree@3 (99 MB)\n'],
])('import of what is new: %s', async (isNew, said) => {
  const importFrom = vi.fn<ArtifactShelf['importFrom']>(() => Promise.resolve({ ...made, isNew }));
  expect((await run('artifact import systree x.tar', { importFrom })).stdout).toBe(said);
  expect(importFrom).toHaveBeenCalledWith('systree', '/here/x.tar');
});

test('rm says what it freed', async () => {
  const remove = () => Promise.resolve({ freedBytes: 5000 });
  expect((await run('artifact rm systree@3', { remove })).stdout).toBe('removed systree@3, freed 5.0 kB\n');
});

test('provenance prints the statement to the byte', async () => {
  const statement = '{\n  "_type": "https://in-toto.io/Statement/v1"\n}\n';
  const provenance = () => ({ statement, digest: '' });
  expect((await run('artifact provenance systree', { provenance })).stdout).toBe(statement);
});

describe('verify', () => {
  const provenance = { state: 'intact', problems: [] } as const;

  test('of what is as it was', async () => {
    const verify = () => Promise.resolve({ ok: true, problems: [], provenance });
    expect(await run('artifact verify systree', { verify })).toMatchObject({
      status: 0,
      stdout: 'systree is as it was made\nand so is the record of how it came about\n',
    });
  });

  test('of one that was imported', async () => {
    const verify = () =>
      Promise.resolve({ ok: true, problems: [], provenance: { state: 'none', problems: [] } as const });
    expect(await run('artifact verify systree', { verify })).toMatchObject({
      status: 0,
      stdout:
        'systree is as it was made\nhow it came about is not recorded: it was imported, or an older contractor made it\n',
    });
  });

  test('of one whose record is damaged', async () => {
    const told = { state: 'damaged', problems: ['the receipt of 3-shell is gone'] } as const;
    const verify = () => Promise.resolve({ ok: false, problems: [], provenance: told });
    expect(await run('artifact verify systree', { verify })).toMatchObject({
      status: 1,
      stdout:
        'systree is as it was made\nthe receipt of 3-shell is gone\nThe record of how it came about is damaged; do not believe it.\n',
    });
  });

  test('of what is damaged', async () => {
    const problems = [{ path: 'usr/bin/\x1b[2Jcc', problem: 'other content' }];
    const verify = () => Promise.resolve({ ok: false, problems, provenance });
    const { status, stdout } = await run('artifact verify systree', { verify });
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout:
        'usr/bin/cc: other content\nsystree is damaged: 1 problem\nHave it forgotten with `contractor doctor --store --mend`, then build again.\n',
    });
    const json = await run('artifact verify systree --json', { verify });
    expect({ status: json.status, result: JSON.parse(json.stdout) as unknown }).toEqual({
      status: 1,
      result: { ok: false, problems, provenance },
    });
  });
});

describe('an artifact that moves', () => {
  const digest = '0123456789abcdef'.repeat(4);

  test('is pushed to a directory from where the command is given', async () => {
    const report = { name: 'hello', version: 3, digest, sizeBytes: 9, sent: 2, sentBytes: 2_000_000 };
    const push = vi.fn<ArtifactShelf['push']>(() => Promise.resolve(report));
    expect(await run('artifact push hello@3 ./far --anew', { push })).toMatchObject({
      status: 0,
      stdout: 'pushed hello@3 as hello@0123456789ab (sent 2.0 MB in 2 objects)\n',
    });
    expect(push.mock.calls[0]).toMatchObject(['hello@3', '/here/far', { anew: true }]);
    expect(JSON.parse((await run('artifact push hello /far --json', { push })).stdout)).toEqual(report);
    push.mockResolvedValue({ ...report, sent: 0, sentBytes: 0 });
    expect((await run('artifact push hello file:far', { push })).stdout).toMatch(/\(all of it was there\)\n$/);
    expect(push.mock.lastCall?.[1]).toBe('file:/here/far');
    await run('artifact push hello s3://far --endpoint https://s3.example.org', { push });
    expect(push.mock.lastCall).toMatchObject(['hello', 's3://far', { endpoint: 'https://s3.example.org' }]);
  });

  test('[A-233] is pruned from a place as the options say, which tells what has gone', async () => {
    const report = { artifacts: 2, forgotten: [{ name: 'hello', digest }], removed: 3, removedBytes: 2_000_000 };
    const prunePlace = vi.fn<ArtifactShelf['prunePlace']>(() => Promise.resolve(report));
    expect(await run('artifact prune ./far', { prunePlace })).toMatchObject({
      status: 0,
      stdout: 'hello@0123456789ab: forgotten\n3 objects of 2.0 MB removed; 2 artifacts there\n',
    });
    expect(prunePlace.mock.lastCall).toEqual(['/here/far', { dryRun: false, signal: expect.any(AbortSignal) }]);
    const line = '--keep-for 30d --keep-versions 2 --grace 36h --settle 0s --endpoint https://s3.example -n';
    expect((await run(`artifact prune s3://far ${line}`, { prunePlace })).stdout).toBe(
      'hello@0123456789ab: would be forgotten\n3 objects of 2.0 MB would be removed; 2 artifacts there\n',
    );
    expect(prunePlace.mock.lastCall).toMatchObject([
      's3://far',
      {
        keepForMs: 2_592_000_000,
        keepVersions: 2,
        graceMs: 129_600_000,
        settleMs: 0,
        endpoint: 'https://s3.example',
        dryRun: true,
      },
    ]);
    expect(JSON.parse((await run('artifact prune /far --json', { prunePlace })).stdout)).toEqual(report);
  });

  test('[A-233] is not pruned where an option is wrong', async () => {
    const prunePlace = vi.fn<ArtifactShelf['prunePlace']>();
    for (const wrong of ['--keep-for 3', '--grace 1y', '--keep-versions 0', '--settle -1s', '--none']) {
      expect((await run(`artifact prune /far ${wrong}`, { prunePlace })).status).toBe(2);
    }
    expect((await run('artifact prune', { prunePlace })).status).toBe(2);
    expect(prunePlace).not.toHaveBeenCalled();
  });

  test('is pulled, or was there', async () => {
    const report = { name: 'hello', version: 1, digest, isNew: true, sizeBytes: 9, fetched: 1, fetchedBytes: 9 };
    const pull = vi.fn<ArtifactShelf['pull']>(() => Promise.resolve(report));
    expect((await run('artifact pull hello /far', { pull })).stdout).toBe('pulled hello@1 (fetched 9 B in 1 object)\n');
    pull.mockResolvedValue({ ...report, isNew: false, fetched: 0, fetchedBytes: 0 });
    expect((await run('artifact pull hello /far', { pull })).stdout).toBe('had already hello@1 (nothing to fetch)\n');
  });
});
