import { describe, expect, test } from 'vitest';
import { bubblewrapFinding } from '../../sandbox/host-check.ts';

describe('the bubblewrap of a host', () => {
  test.each(['bwrap 0.8.0 at /usr/bin/bwrap', 'bwrap 0.12.1 at /usr/bin/bwrap', 'bwrap 1.0 at /usr/bin/bwrap'])(
    'is new enough: %s',
    (found) => {
      expect(bubblewrapFinding(found)).toEqual({ name: 'bubblewrap', state: 'ok', found });
    },
  );

  test('is refused when it is older than what forbids nested user namespaces', () => {
    expect(bubblewrapFinding('bwrap 0.7.1 at /usr/bin/bwrap')).toMatchObject({
      state: 'missing',
      found: 'bwrap 0.7.1 at /usr/bin/bwrap is older than 0.8',
    });
  });

  test('is refused when it tells no version, and is not called old', () => {
    expect(bubblewrapFinding('bwrap at /usr/bin/bwrap')).toMatchObject({
      state: 'missing',
      found: 'bwrap at /usr/bin/bwrap does not tell its version',
    });
  });
});
