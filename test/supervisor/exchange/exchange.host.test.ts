import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openS3Server } from '../../exchange/s3-server.ts';
import { onTiny, makeTinySystem, project, publish, shell, whatHostLacks } from '../test-store.ts';
import { directoryPlace } from '../../../exchange/directory-place.ts';
import { remoteDigest } from '../../../supervisor/exchange/remote-digest.ts';
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

const parcelsIn = (place: string): string[] => keysIn(place).filter((key) => /^(objects|bundles)\//.test(key));

const SCRIPT = [
  'mkdir -p d/e; echo one > d/one; ln d/one d/e/two; ln -s ../one d/e/link; echo one > d/copy',
  'chmod 4755 d/copy; mkdir -m 1777 sticky; touch -d @1000000000.5 d/one d; chmod 500 d/e',
  'truncate -s 40000000 holes; echo end >> holes; head -c 300000 /dev/urandom > noise; touch empty',
].join('\n');

/** Everything of a tree that an artifact keeps: types, modes, owners, links, times. These to the millisecond: a number has no more digits. */
const LISTING = (name: string, digest: string): string =>
  `cd -P artifacts/${name}/${digest}/tree; find . -printf '%p %y %m %U %G %T@ %l\n' | sed -E 's/(\\.[0-9]{3})[0-9]*/\\1/' | sort; sha256sum $(find . -type f | sort)`;

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
    const place = directoryPlace(stores.shared);
    expect(await remoteDigest(place, { name: 'tiny', digest: digest.slice(0, 12) }, { signal: undefined })).toBe(
      digest,
    );
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
    const [bill = '', bundle = '', details = '', manifest = '', slice = ''] = keys;
    const flipped = (key: string): Buffer => {
      const bytes = readFileSync(join(place, key));
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
      return bytes;
    };
    const attack = async (key: string, bytes: Buffer): Promise<void> => {
      const whole = readFileSync(join(place, key));
      writeFileSync(join(place, key), bytes);
      // What has arrived before is not fetched again.
      const attempts = join(stores.top, 'victim/trees/attempts');
      for (const each of readdirSync(attempts)) rmSync(join(attempts, each), { recursive: true });
      await expect(victim.artifacts.pull('files', place)).rejects.toMatchObject({
        code: 'PLACE_DAMAGED',
        message: expect.stringContaining(key === bill ? 'files' : key) as string,
      });
      writeFileSync(join(place, key), whole);
    };
    for (const key of [bill, details, manifest, slice, bundle]) await attack(key, flipped(key));
    await attack(bundle, readFileSync(join(place, bundle)).subarray(0, -1));
    renameSync(join(place, bill), join(stores.top, 'away'));
    await expect(victim.artifacts.pull('files', place)).rejects.toMatchObject({ code: 'ARTIFACT_UNKNOWN' });
    renameSync(join(stores.top, 'away'), join(place, bill));
    expect(victim.artifacts.list()).toEqual([]);
    expect(await stores.inTrees('victim', 'ls artifacts layers')).toBe('artifacts:\n\nlayers:');
    // A push sees what is too short, and not what has the right length, but when it is told to send all.
    const right = readFileSync(join(place, bundle));
    writeFileSync(join(place, bundle), flipped(bundle));
    truncateSync(join(place, slice), 1);
    expect(await maker.artifacts.push('files', place)).toMatchObject({ sent: 1 });
    expect(readFileSync(join(place, bundle))).not.toEqual(right);
    expect((await maker.artifacts.push('files', place, { anew: true })).sent).toBe(3);
    expect(readFileSync(join(place, bundle))).toEqual(right);
    expect(await victim.artifacts.pull('files', place)).toMatchObject({ version: 1, isNew: true });
  });

  test('[A-228] is whole or absent after a kill, and is gone on with', async () => {
    const [maker, user] = [stores.store('maker'), stores.store('killed-user')];
    const place = join(stores.top, 'killed-place');
    const killed = (store: string, verb: string, moment: string): void => {
      const argv = [CHILD, join(stores.top, store), verb, 'files', place, moment];
      expect(spawnSync(process.execPath, argv, { encoding: 'utf8' })).toMatchObject({ signal: 'SIGKILL' });
    };
    killed('maker', 'push', 'last');
    expect(parcelsIn(place)).toHaveLength(3);
    await expect(user.artifacts.pull('files', place)).rejects.toMatchObject({ code: 'ARTIFACT_UNKNOWN' });
    expect(await maker.artifacts.push('files', place)).toMatchObject({ sent: 0 });
    killed('killed-user', 'pull', 'first');
    expect(user.artifacts.list()).toEqual([]);
    expect((await user.artifacts.pull('files', place)).fetched).toBeLessThan(3);
    expect(await user.artifacts.verify('files')).toMatchObject({ ok: true });
    expect(readdirSync(join(stores.top, 'killed-user/trees/attempts'))).toEqual([]);
  });

  test('[A-230] moves through a bucket as through a directory', async () => {
    const server = await openS3Server('builds');
    for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value);
    try {
      const place = 's3://builds/some/where';
      const pushed = await stores.store('maker').artifacts.push('tiny@1', place);
      server.faults.push('cut', 503); // It is asked again.
      const pulled = await stores.store('third').artifacts.pull('tiny', place);
      expect(pulled).toMatchObject({ digest: pushed.digest, fetched: pushed.sent, fetchedBytes: pushed.sentBytes });
      const listing = LISTING('tiny', pushed.digest);
      expect(await stores.inTrees('third', listing)).toBe(await stores.inTrees('maker', listing));
    } finally {
      vi.unstubAllEnvs();
      await server.close();
    }
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
