import fc from 'fast-check';
import { expect, test } from 'vitest';
import { armoured, publicKeys } from '../../actions/openpgp-key.ts';

// A key of GnuPG with a subkey.
const KEY = `-----BEGIN PGP PUBLIC KEY BLOCK-----
Comment: a header

mDMEawdcuhYJKwYBBAHaRw8BAQdAVzedxx5QuHrfQZy/SuS8uYGad50R3EEMUagb
0QAgUhO0EG9uZUBleGFtcGxlLnRlc3SIlgQTFggAPhYhBCqabzYPsKgqZymbg8/4
2Ao+XnAbBQJrB1y6AhsDBQkDwmcABQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJ
EM/42Ao+XnAbLYQBAIyzj99U0PmiQi6yeK5LGeo2iGqhdpMSqLhHUdU1X+TZAP4p
2sq6F7basK3DSI67v/JSYT+okKssHRNID1LMhkfgAbg4BGsHXLoSCisGAQQBl1UB
BQEBB0ACJN3H5/3i6qrjXJqHp+ygLH+aufh7BnbpkTDYkokMVwMBCAeIeAQYFggA
IBYhBCqabzYPsKgqZymbg8/42Ao+XnAbBQJrB1y6AhsMAAoJEM/42Ao+XnAbD8YB
AOUi20wE5ZMgGMFxxi8If9ePy3vzhvWeC4cmn3UlyJ5aAP99rRJbOTGcLCSCLWX2
J3u59WfnOsdmri23F8t7dSYHBQ==
=TygW
-----END PGP PUBLIC KEY BLOCK-----
`;
const FINGERPRINT = '2A9A6F360FB0A82A67299B83CFF8D80A3E5E701B';
const SUBKEY = '49776EB954F0DA9883481D6A431479215DB5F133';

test('a key in armour has the fingerprints that gpg tells, and is the same when it is written anew', () => {
  const [key, ...more] = publicKeys(Buffer.from(KEY)) ?? [];
  expect(more).toEqual([]);
  expect(key).toMatchObject({ fingerprint: FINGERPRINT, subkeys: [SUBKEY] });
  expect(key && armoured(key)).toBe(KEY.replace('Comment: a header\n', ''));
  expect(key && publicKeys(Buffer.from(armoured(key)))).toEqual([key]);
  expect(key && publicKeys(key.packets)).toEqual([key]);
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
