import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Receipt } from '../../supervisor/receipt.ts';
import { onTiny, onWritableTiny, openTestStore, project, publish, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const NO_CAPABILITIES = Object.fromEntries(
  ['effective', 'permitted', 'inheritable', 'bounding', 'ambient'].map((set) => [
    `capabilities-${set}`,
    '0'.repeat(16),
  ]),
);

function withoutLimits(controls: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(controls).filter(([name]) => !name.startsWith('limit-')));
}

describe.skipIf((await whatHostLacks()) !== '')('the receipt', () => {
  let store: TestStore;
  const receipts = new Map<string, Receipt>();

  beforeAll(async () => {
    store = await openTestStore();
    mkdirSync(join(store.work, 'src'));
    writeFileSync(join(store.work, 'src/file'), 'text');
    const git = (...words: readonly string[]): string =>
      execFileSync('git', ['-C', join(store.work, 'src'), '-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
        encoding: 'utf8',
      });
    git('init', '--quiet');
    git('commit', '--quiet', '--allow-empty', '--message', 'x');
    const run = await store.build([
      project('container', [
        onTiny,
        shell('exit 3', { timeout: '1m', limits: { 'open-files': 77 }, 'continue-on-failure': true }),
      ]),
      project('writable', [onWritableTiny, shell('id')]),
      project('tool', [{ action: 'git', url: './src' }]),
      project('own', [{ action: 'copy-source', path: 'src' }, publish('out')]),
    ]);
    const steps = { container: 2, writable: 2, tool: 1, own: 1 };
    for (const [name, step] of Object.entries(steps)) {
      receipts.set(name, await store.supervisor.receipt({ run: run.id, project: name, step: String(step) }));
    }
  });
  afterAll(() => store.close());

  test('[A-80] of a container step has what the kernel showed before its command began', () => {
    const { witness, ...receipt } = receipts.get('container') ?? {};
    expect(withoutLimits(witness?.found)).toEqual({
      uid: '1000',
      gid: '1000',
      groups: 'none',
      'host-root': 'not mapped',
      ...NO_CAPABILITIES,
      'no-new-privileges': '1',
      'system-call-filter': '2',
      'system-call-filters': '1',
      'user-namespaces-inside': 'forbidden',
      session: 'own',
      terminal: 'none',
      ...Object.fromEntries(
        ['user', 'mnt', 'pid', 'ipc', 'uts', 'cgroup', 'net'].map((kind) => [`namespace-${kind}`, 'own']),
      ),
      'network-interfaces': 'lo',
    });
    expect(witness?.found).toMatchObject(witness?.expected ?? {});
    expect(witness?.found['limit-open-files']).toBe('77');
    expect(witness?.differences).toEqual([]);
    for (const { own, host } of Object.values(witness?.namespaces ?? {})) expect(own).not.toBe(host);
    const optionsOf = (path: string) => witness?.mounts.find((mount) => mount.path === path);
    expect(optionsOf('/')).toMatchObject({
      type: 'overlay',
      options: expect.stringMatching(/^ro,nosuid,nodev/) as string,
    });
    expect(optionsOf('/workspace')).toMatchObject({ options: expect.stringMatching(/^rw,nosuid,nodev/) as string });
    expect(witness?.command).toEqual(['/bin/sh', '-eu', '/run/step']);
    expect(receipt).toMatchObject({
      runsIn: 'container',
      network: false,
      systemTree: { artifact: 'tiny', writable: false },
      limits: { wallTimeMs: 60_000, values: expect.objectContaining({ 'open-files': 77 }) as unknown },
      outcome: { type: 'failed', exitCode: 3 },
    });
  });

  test('has the limits that the step was held to, and what it used of them', () => {
    const { witness, usage, limits } = receipts.get('container') ?? {};
    const { values, grouped } = limits ?? {};
    expect(values).toMatchObject({ processes: 4096, 'open-files': 77 });
    expect(witness?.limits['open files']).toMatchObject({ soft: '77', hard: '77' });
    expect(witness?.limits['core file size']).toMatchObject({ hard: '1' });
    expect(witness?.oomScoreAdjustment).toBe('1000');
    expect(witness?.groupLimits['pids.max']).toBe(grouped?.includes('processes') === true ? '4097' : undefined);
    expect(usage?.output).toBeGreaterThanOrEqual(0);
  });

  test('names the programs of the host that had a part, with version and digest', () => {
    const names = receipts.get('tool')?.tools.map(({ name }) => name);
    expect(names).toEqual(['bwrap', 'perl', 'git']);
    const bwrap = receipts.get('tool')?.tools[0];
    expect(bwrap?.version).toMatch(/^\d+\.\d+/);
    expect(execFileSync('sha256sum', [bwrap?.path ?? ''], { encoding: 'utf8' })).toContain(bwrap?.sha256);
  });

  test('of a writable container has the few capabilities of its root', () => {
    expect(receipts.get('writable')?.witness?.found).toMatchObject({
      uid: '0',
      'capabilities-effective': '00000000000400db',
      'capabilities-bounding': '00000000000400db',
      'namespace-user': "the project's",
    });
  });

  test('of a `git` step has the commit that was taken', () => {
    const commit = execFileSync('git', ['-C', join(store.work, 'src'), 'rev-parse', 'HEAD'], {
      encoding: 'utf8',
    }).trim();
    expect(receipts.get('tool')?.inputs.resolved).toEqual([{ uri: 'git+file:./src', digest: { gitCommit: commit } }]);
  });

  test('[A-81] of what contractor does itself says so, and has the digest of what it read', () => {
    const receipt = receipts.get('own');
    expect(receipt).toMatchObject({ runsIn: 'contractor', network: false, outcome: { type: 'succeeded' } });
    expect(receipt?.witness).toBeUndefined();
    expect(receipt?.inputs.resolved[0]?.digest?.['sha256']).toMatch(/^[0-9a-f]{64}$/);
    expect(receipt?.idMap.uid[0]?.inside).toBe(0);
  });
});
