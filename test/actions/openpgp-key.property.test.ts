import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expiryOf } from '../../actions/openpgp-expiry.ts';
import { armoured, publicKeys } from '../../actions/openpgp-key.ts';
import { EXPIRES_AT, FINGERPRINT, KEY } from './sample-key.ts';

const SUBKEY = '49776EB954F0DA9883481D6A431479215DB5F133';

test('a key in armour has the fingerprints that gpg tells, and is the same when it is written anew', () => {
  const [key, ...more] = publicKeys(Buffer.from(KEY)) ?? [];
  expect(more).toEqual([]);
  expect(key).toMatchObject({ fingerprint: FINGERPRINT, subkeys: [SUBKEY] });
  expect(key && armoured(key)).toBe(KEY.replace('Comment: a header\n', ''));
  expect(key && publicKeys(Buffer.from(armoured(key)))).toEqual([key]);
  expect(key && publicKeys(key.packets)).toEqual([key]);
});

test('a key says when it expires, and is believed only in what it says of itself', () => {
  const [key] = publicKeys(Buffer.from(KEY)) ?? [];
  expect(key?.expiresAt).toBe(EXPIRES_AT);
  const packets = Buffer.from(key?.packets ?? []);
  expect(expiryOf(packets, FINGERPRINT)).toBe(EXPIRES_AT);
  // What another key has signed says nothing of this one.
  expect(expiryOf(packets, FINGERPRINT.replace(/^../, '00').replace(/..$/, '00'))).toBeUndefined();
  const expiry = Buffer.from('050903c26700', 'hex');
  const forEver = Buffer.from('050900000000', 'hex');
  expect(packets.indexOf(expiry)).toBeGreaterThan(0);
  packets.set(forEver, packets.indexOf(expiry));
  expect(expiryOf(packets, FINGERPRINT)).toBeUndefined();
});

test('a keyring is taken apart into its keys', () => {
  const [key] = publicKeys(Buffer.from(KEY)) ?? [];
  const ring = Buffer.concat([key?.packets ?? Buffer.alloc(0), key?.packets ?? Buffer.alloc(0)]);
  expect(publicKeys(ring)).toEqual([key, key]);
});

test.each([
  ['text', 'hello'],
  ['a private key', KEY.replaceAll('PUBLIC', 'PRIVATE')],
  ['armour with something else in it', KEY.replace('\n\n', '\n\n deb http://x/ ./\n')],
  ['a signature', Buffer.from([0x88, 1, 4])],
])('%s is none', (_, contents) => {
  expect(publicKeys(Buffer.from(contents))).toBeUndefined();
});

test('whatever stands in a file, armour that is written has nothing but a key', () => {
  const bytes = Buffer.from(publicKeys(Buffer.from(KEY))?.[0]?.packets ?? []);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.uint8Array({ maxLength: 20 }), (at, noise) => {
      const hostile = Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
      for (const key of publicKeys(hostile) ?? []) {
        expect(armoured(key)).toMatch(
          /^-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n([A-Za-z0-9+/]+=*\n)+=[A-Za-z0-9+/]{4}\n-----END/,
        );
      }
    }),
  );
});
