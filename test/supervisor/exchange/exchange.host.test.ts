import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onTiny, makeTinySystem, project, publish, shell, whatHostLacks } from '../test-store.ts';
import { keysIn, severalStores } from './two-stores.ts';
import type { Stores } from './two-stores.ts';

const lacking = await whatHostLacks();
const CHILD = join(import.meta.dirname, 'killed-in-child.ts');
let stores: Stores;

beforeAll(async () => {
  if (lacking !== '') return;
  stores = severalStores();
  makeTinySystem(join(stores.top, 'tiny'), ['truncate']);
  await stores.store('maker').artifacts.importFrom('tiny', join(stores.top, 'tiny'));
});
afterAll(() => stores?.close());

const SCRIPT = [
  'mkdir -p d/e; echo one > d/one; ln d/one d/e/two; ln -s ../one d/e/link; echo one > d/copy',
  'chmod 4755 d/copy; mkdir -m 1777 sticky; touch -d @1000000000.5 d/one d; chmod 500 d/e',
  'truncate -s 40000000 holes; echo end >> holes; head -c 300000 /dev/urandom > noise; touch empty',
].join('\n');

/** Everything of a tree that an artifact keeps: types, modes, owners, links, times. */
const LISTING = (name: string, digest: string): string =>
  `cd -P artifacts/${name}/${digest}/tree; find . -printf '%p %y %m %U %G %T@ %l\n' | sed -E 's/(\\.[0-9]{5})[0-9]*/\\1/' | sort; sha256sum $(find . -type f | sort)`;

describe.skipIf(lacking !== '')('an artifact', () => {
  test('[A-225] comes out of another store as it went into one, with how it came about', async () => {
    const [maker, user] = [stores.store('maker'), stores.store('user')];
    const run = await maker.build({ value: { projects: [project('p', [onTiny, shell(SCRIPT), publish('it')])] } });
    expect(await run.result).toBe('built');
    const pushed = await maker.artifacts.push('it', stores.shared);
    expect(pushed).toMatchObject({ name: 'it', version: 1, digest: maker.artifacts.show('it').digest });
    const progress: number[] = [];
    const pulled = await user.artifacts.pull('it', `file:${stores.shared}`, {
      onProgress: ({ doneBytes }) => progress.push(doneBytes),
    });
    expect(pulled).toMatchObject({ name: 'it', version: 1, digest: pushed.digest, isNew: true });
    expect(progress.at(-1)).toBe(pulled.fetchedBytes);
    // What is nothing but zeros does not travel: 40 MB are 16 MiB twice, and a rest.
    expect(pushed.sentBytes).toBeLessThan(8_000_000);
    const listing = LISTING('it', pushed.digest);
    expect(await stores.inTrees('user', listing)).toBe(await stores.inTrees('maker', listing));
    expect(Number(await stores.inTrees('user', `stat -c %b artifacts/it/${pushed.digest}/tree/holes`))).toBeLessThan(
      4000,
    );
    const same = `cd -P artifacts/it/${pushed.digest}/tree/d; test one -ef e/two; ! test one -ef copy`;
    await stores.inTrees('user', same);
    expect(await user.artifacts.verify('it')).toEqual({
      ok: true,
      problems: [],
      provenance: { state: 'intact', problems: [] },
    });
    expect(user.artifacts.provenance('it')).toEqual(maker.artifacts.provenance('it'));
    expect(await stores.inTrees('user', 'ls attempts layers')).toBe('attempts:\n\nlayers:');
  });

  test('[A-226] is sent and fetched once; of one like it only what differs', async () => {
    const [maker, user] = [stores.store('maker'), stores.store('user')];
    await maker.artifacts.push('tiny', stores.shared);
    expect(await maker.artifacts.push('tiny', stores.shared)).toMatchObject({ sent: 0, sentBytes: 0 });
    const { digest, fetched } = await user.artifacts.pull('tiny', stores.shared);
    expect(fetched).toBeGreaterThan(3);
    // With its digest nothing is asked for at all: there is no such place.
    expect(await user.artifacts.pull({ name: 'tiny', digest }, join(stores.top, 'nowhere'))).toMatchObject({
      version: 1,
      isNew: false,
      fetched: 0,
    });
    writeFileSync(join(stores.top, 'tiny/etc/more'), 'more\n');
    await maker.artifacts.importFrom('tiny', join(stores.top, 'tiny'));
    expect((await maker.artifacts.push('tiny', stores.shared)).sent).toBe(1);
    expect(await user.artifacts.pull('tiny', stores.shared)).toMatchObject({ version: 2, fetched: 1 });
    // Both trees are there, to be had by their digests.
    expect(await stores.store('third').artifacts.pull(`tiny@${digest.slice(0, 12)}`, stores.shared)).toMatchObject({
      digest,
    });
  });

  test('[A-227] is refused with what is wrong, when anything of it is; nothing of it is published', async () => {
    const maker = stores.store('maker');
    mkdirSync(join(stores.top, 'files'), { recursive: true });
    writeFileSync(join(stores.top, 'files/small'), 'small\n');
    writeFileSync(join(stores.top, 'files/large'), Buffer.alloc(20_000_000, 'large'));
    await maker.artifacts.importFrom('files', join(stores.top, 'files'));
    const place = join(stores.top, 'hostile');
    await maker.artifacts.push('files', place);
    const victim = stores.store('victim');
    expect(victim.artifacts.list()).toEqual([]);
    const keys = keysIn(place);
    expect(keys.map((key) => key.split('/')[0])).toEqual([
      'artifacts',
      'bundles',
      'details',
      'manifests',
      'objects',
      'objects',
    ]);
    for (const key of keys) {
      const path = join(place, key);
      const whole = readFileSync(path);
      // What has arrived before is not fetched again.
      if (key.startsWith('objects/')) await stores.inTrees('victim', 'rm -rf attempts/pull-*');
      const wrong = Buffer.from(whole);
      wrong.writeUInt8(wrong.readUInt8(whole.length >> 1) ^ 1, whole.length >> 1);
      const others = key.startsWith('bundles/')
        ? [whole.subarray(0, -1), Buffer.concat([whole, whole]), Buffer.alloc(0)]
        : [];
      for (const sent of [wrong, ...others]) {
        writeFileSync(path, sent);
        await expect(victim.artifacts.pull('files', place)).rejects.toMatchObject({ code: 'PLACE_DAMAGED' });
      }
      writeFileSync(path, whole);
    }
    const [bill = ''] = keys;
    renameSync(join(place, bill), join(stores.top, 'away'));
    await expect(victim.artifacts.pull('files', place)).rejects.toMatchObject({ code: 'ARTIFACT_UNKNOWN' });
    renameSync(join(stores.top, 'away'), join(place, bill));
    expect(victim.artifacts.list()).toEqual([]);
    expect(await stores.inTrees('victim', 'ls artifacts layers')).toBe('artifacts:\n\nlayers:');
    const bundle = keys.find((key) => key.startsWith('bundles/')) ?? '';
    await stores.inTrees('victim', 'rm -rf attempts/pull-*');
    writeFileSync(join(place, bundle), 'SMALL\n');
    await expect(victim.artifacts.pull('files', place)).rejects.toThrow(bundle);
    // A push does not see that, as the length is right, but when it is told to.
    expect(await maker.artifacts.push('files', place)).toMatchObject({ sent: 0 });
    expect((await maker.artifacts.push('files', place, { anew: true })).sent).toBe(3);
    expect(await victim.artifacts.pull('files', place)).toMatchObject({ version: 1, isNew: true });
    truncateSync(join(place, bundle), 1);
    expect(await maker.artifacts.push('files', place)).toMatchObject({ sent: 1 });
    expect(statSync(join(place, bundle)).size).toBe(6);
  });

  test.for(['first', 'last'])('[A-228] is whole or absent after a kill, and is gone on with: %s', async (moment) => {
    const files = join(stores.top, `files-${moment}`);
    mkdirSync(files);
    writeFileSync(join(files, 'one'), Buffer.alloc(300_000, 'one'));
    writeFileSync(join(files, 'two'), Buffer.alloc(400_000, 'two'));
    await stores.store('maker').artifacts.importFrom('killed', files);
    const place = join(stores.top, `place-${moment}`);
    const killed = (store: string, verb: string): void => {
      const argv = [CHILD, join(stores.top, store), verb, 'killed', place, moment];
      expect(spawnSync(process.execPath, argv, { encoding: 'utf8' })).toMatchObject({ signal: 'SIGKILL' });
    };
    killed('maker', 'push');
    const user = stores.store(`user-${moment}`);
    await expect(user.artifacts.pull('killed', place)).rejects.toMatchObject({ code: 'ARTIFACT_UNKNOWN' });
    const there = keysIn(place).length;
    expect(there).toBeGreaterThan(0);
    expect(await stores.store('maker').artifacts.push('killed', place)).toMatchObject({ sent: 2 - there });
    killed(`user-${moment}`, 'pull');
    expect(user.artifacts.list()).toEqual([]);
    expect((await user.artifacts.pull('killed', place)).fetched).toBeLessThan(2);
    expect(await user.artifacts.verify('killed')).toMatchObject({ ok: true });
    expect(await stores.inTrees(`user-${moment}`, 'ls attempts')).toBe('');
  });

  test('is not sent when it is not what it was', async () => {
    const maker = stores.store('maker');
    const { digest } = maker.artifacts.show('files');
    await stores.inTrees('maker', `echo SMALL > artifacts/files/${digest}/tree/small`);
    const place = join(stores.top, 'unwanted');
    await expect(maker.artifacts.push('files', place)).rejects.toMatchObject({ code: 'ARTIFACT_DAMAGED' });
    expect(existsSync(join(place, 'artifacts'))).toBe(false);
  });
});
