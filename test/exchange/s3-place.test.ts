import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { awsProfile } from '../../exchange/aws-profile.ts';
import type { Place } from '../../exchange/place.ts';
import { openPlace } from '../../exchange/open-place.ts';
import { s3Address } from '../../exchange/s3-address.ts';
import { s3Place } from '../../exchange/s3-place.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';
import { openS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

const PATIENCE = { stallMs: 60_000, attempts: 4, backoffMs: 2 };
let server: S3Server;
let place: Place;

const placeAs = (text: string, env: Record<string, string | undefined>): Place =>
  s3Place(s3Address(text, { env }), { patience: PATIENCE, keysAtOnce: 10 });

const keysOf = async (folder: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of place.list(folder)) keys.push(key);
  return keys;
};

beforeAll(async () => {
  server = await openS3Server('builds');
  place = placeAs('s3://builds/some/where', server.env);
});
beforeEach(() => {
  server.faults.length = 0;
  server.asked.length = 0;
});
afterAll(() => server.close());

describe('a bucket', { timeout: 120_000 }, () => {
  test('[A-230] keeps what is put there, below its prefix', async () => {
    const bytes = Buffer.alloc(3_000_000, 'bytes');
    await place.put('objects/ab/c+d/0', bytes);
    expect(await place.get('objects/ab/c+d/0', { maxBytes: bytes.length })).toEqual(bytes);
    expect(await place.look('objects/ab/c+d/0')).toMatchObject({ sizeBytes: bytes.length });
    expect(Math.abs(((await place.look('objects/ab/c+d/0'))?.modifiedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await place.look('objects/ab/other')).toBe(undefined);
    expect(await place.get('objects/ab/other', { maxBytes: 1 })).toBe(undefined);
    await expect(place.get('objects/ab/c+d/0', { maxBytes: 2_999_999 })).rejects.toMatchObject({
      code: 'PLACE_DAMAGED',
    });
    await placeAs('s3://builds', server.env).put('objects/beside', bytes);
    expect(await keysOf('objects/')).toEqual(['objects/ab/c+d/0']);
  });

  test('[A-230] is tried before it is needed, and tells what is wrong', async () => {
    await place.prepare();
    await place.prepare();
    expect(server.asked).toEqual(Array.from({ length: 2 }, () => 'PUT /builds/some/where/prepared'));
    await expect(placeAs('s3://other', server.env).prepare()).rejects.toThrow('404, NoSuchBucket');
    const wrong = placeAs('s3://builds', { ...server.env, AWS_SECRET_ACCESS_KEY: 'other' });
    await expect(wrong.prepare()).rejects.toMatchObject({
      code: 'PLACE_UNUSABLE',
      message: 's3://builds refuses: 403, SignatureDoesNotMatch.',
    });
  });

  test('lists more than one answer holds', async () => {
    const keys = Array.from({ length: 23 }, (_, index) => `many/${index}`);
    await Promise.all(keys.map(async (key) => await place.put(key, Buffer.from('x'))));
    server.asked.length = 0;
    const listed = await keysOf('many/');
    expect(listed.toSorted()).toEqual(keys.toSorted());
    expect(server.asked).toHaveLength(3);
  });

  test('[A-231] is asked again after what passes', async () => {
    server.faults.push(503, 429, 'cut');
    await place.put('a/b', Buffer.from('again'));
    expect(server.asked).toHaveLength(4);
    server.faults.push('cut', 500, 'cut');
    expect(await place.get('a/b', { maxBytes: 10 })).toEqual(Buffer.from('again'));
    server.faults.push('silence');
    const impatient = s3Place(s3Address('s3://builds/some/where', { env: server.env }), {
      patience: { ...PATIENCE, attempts: 20, stallMs: 1000 },
    });
    expect(await impatient.look('a/b')).toMatchObject({ sizeBytes: 5 });
  });

  test('[A-231] is given up with what it has said, or that nothing answers', async () => {
    server.faults.push(503, 503, 503, 503);
    await expect(place.get('a/b', { maxBytes: 10 })).rejects.toMatchObject({
      code: 'PLACE_UNUSABLE',
      message: 's3://builds/some/where refuses: 503, SlowDown.',
    });
    await expect(placeAs('s3://other', server.env).get('a', { maxBytes: 10 })).rejects.toThrow('404, NoSuchBucket');
    const away = placeAs('s3://builds', { ...server.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:2' });
    await expect(away.put('a', Buffer.from('x'))).rejects.toMatchObject({
      code: 'PLACE_UNUSABLE',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    const ended = AbortSignal.abort();
    await expect(place.put('a', Buffer.from('x'), { signal: ended })).rejects.toThrow('aborted');
  });

  test('[A-232] tells no credentials when it refuses', async () => {
    const secrets = {
      AWS_ACCESS_KEY_ID: 'AKIAOFNOBODY',
      AWS_SECRET_ACCESS_KEY: 'very-secret',
      AWS_SESSION_TOKEN: 'token-of-it',
    };
    for (const env of [
      { ...server.env, ...secrets },
      { ...secrets, AWS_ENDPOINT_URL: 'http://127.0.0.1:2' },
    ]) {
      const error: unknown = await placeAs('s3://builds', env)
        .get('a/b', { maxBytes: 10 })
        .catch((refusal: unknown) => refusal);
      expect(error).toMatchObject({ code: 'PLACE_UNUSABLE' });
      expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/AKIAOFNOBODY|very-secret|token-of-it/);
    }
    expect(() =>
      s3Address('s3://builds', { env: { ...server.env, AWS_ENDPOINT_URL: 'https://me:very-secret@host' } }),
    ).toThrow(expect.not.objectContaining({ message: expect.stringContaining('very-secret') as string }) as Error);
    expect(() => s3Address('s3://builds', { env: {} })).toThrow('There are no credentials for s3://builds');
  });
});

describe('the address of a bucket', () => {
  const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const urlOf = (text: string, more: Record<string, string> = {}, endpoint?: string): string =>
    s3Address(text, { env: { ...env, ...more }, endpoint }).url;

  test('is that of AWS, or path-style at another endpoint', () => {
    expect(urlOf('s3://builds/x', { AWS_REGION: 'eu-north-1' })).toBe('https://builds.s3.eu-north-1.amazonaws.com');
    expect(urlOf('s3://a.builds')).toBe('https://s3.us-east-1.amazonaws.com/a.builds');
    expect(urlOf('s3://builds', { AWS_ENDPOINT_URL: 'https://one:9/', AWS_ENDPOINT_URL_S3: 'https://two/s3/' })).toBe(
      'https://two/s3/builds',
    );
    expect(urlOf('s3://builds', { AWS_ENDPOINT_URL: 'https://one' }, 'https://three')).toBe('https://three/builds');
  });

  test.for(['s3://', 's3://UPPER', 's3:builds', 's3://builds/../x', 's3://builds/a b', 's3://builds//x'])(
    'is none: %s',
    (text) => {
      expect(() => s3Address(text, { env })).toThrow('names no bucket');
    },
  );

  test('[A-232] is asked without encryption on this host alone, and where that is said', () => {
    for (const here of ['http://127.0.0.1:9000', 'http://localhost:9000', 'http://[::1]:9']) {
      expect(urlOf('s3://builds', {}, here)).toBe(`${here}/builds`);
    }
    for (const there of ['http://10.0.0.1:9000', 'http://localhost.example.org', 'http://minio:9000']) {
      expect(() => urlOf('s3://builds/x', {}, there)).toThrow('s3://builds/x would be asked without encryption');
      expect(() => urlOf('s3://builds/x', { AWS_ENDPOINT_URL: there })).toThrow('without encryption');
      expect(urlOf('s3+http://builds/x', {}, there)).toBe(`${there}/builds`);
    }
    expect(urlOf('s3+http://builds')).toBe('https://builds.s3.us-east-1.amazonaws.com');
  });

  test('[A-232] is not repeated when it has credentials in it', async () => {
    for (const text of ['s3://key:very-secret@builds', 'https://key:very-secret@host/builds']) {
      const refusal: unknown = await openPlace(text, { env }).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'USAGE' });
      expect(inspect(refusal)).not.toContain('very-secret');
    }
  });

  test.for(['ftp://host', 'host:9', 'https://host/?a=b'])('has no such endpoint: %s', (endpoint) => {
    expect(() => s3Address('s3://builds', { env, endpoint })).toThrow('The endpoint is no address');
  });
});

describe('[A-230] the files of the tools of AWS', () => {
  const home = temporaryDirectory();
  mkdirSync(join(home, '.aws'));
  const write = (name: string, ...lines: string[]): string => {
    writeFileSync(join(home, '.aws', name), `${lines.join('\n')}\n`);
    return join(home, '.aws', name);
  };
  const credentialsWith = async (env: Record<string, string>, text = 's3://builds'): Promise<unknown> => {
    const { credentials, region, url } = s3Address(text, { env, profile: await awsProfile({ HOME: home, ...env }) });
    return { ...credentials, region, url };
  };

  test('say as whom a bucket is asked, where the environment does not', async () => {
    write(
      'credentials',
      '[default]',
      'aws_access_key_id = one',
      'aws_secret_access_key=sec=ret',
      '',
      '[ci]',
      'aws_access_key_id=two',
    );
    write(
      'config',
      '; a comment',
      '[default]',
      'region = eu-north-1',
      's3 =',
      '  region = nested',
      '[profile ci]',
      'aws_secret_access_key = of-two',
      'aws_session_token = token',
      'endpoint_url = https://s3.example',
    );
    expect(await credentialsWith({})).toEqual({
      accessKeyId: 'one',
      secretAccessKey: 'sec=ret',
      region: 'eu-north-1',
      url: 'https://builds.s3.eu-north-1.amazonaws.com',
    });
    expect(await credentialsWith({ AWS_PROFILE: 'ci' })).toEqual({
      accessKeyId: 'two',
      secretAccessKey: 'of-two',
      sessionToken: 'token',
      region: 'us-east-1',
      url: 'https://s3.example/builds',
    });
    // Never some of the environment and the rest of a file.
    const mine = { AWS_ACCESS_KEY_ID: 'three', AWS_SECRET_ACCESS_KEY: 'of-three' };
    expect(await credentialsWith({ ...mine, AWS_PROFILE: 'ci', AWS_REGION: 'eu-west-1' })).toEqual({
      accessKeyId: 'three',
      secretAccessKey: 'of-three',
      region: 'eu-west-1',
      url: 'https://s3.example/builds',
    });
    await expect(credentialsWith({ AWS_ACCESS_KEY_ID: 'three' })).rejects.toThrow('There are no credentials');
  });

  test('may be absent, but not when they are named', async () => {
    expect(await awsProfile({ HOME: join(home, 'nobody') })).toEqual({});
    for (const env of [
      { AWS_PROFILE: 'other' },
      { AWS_SHARED_CREDENTIALS_FILE: join(home, 'none') },
      { AWS_CONFIG_FILE: join(home, 'none') },
      { AWS_CONFIG_FILE: home },
    ]) {
      await expect(awsProfile({ HOME: home, ...env })).rejects.toMatchObject({ code: 'PLACE_UNUSABLE' });
    }
    const elsewhere = write('elsewhere', '[default]', 'aws_access_key_id=four');
    expect(await awsProfile({ HOME: join(home, 'nobody'), AWS_SHARED_CREDENTIALS_FILE: elsewhere })).toEqual({
      aws_access_key_id: 'four',
    });
  });
});
