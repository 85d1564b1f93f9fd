import { describe, expect, test } from 'vitest';
import { causeText } from '../../../supervisor/assess/cause-text.ts';
import { parameterChanges } from '../../../supervisor/assess/parameter-changes.ts';

test.each([
  ['no-cache', '`--no-cache` was given'],
  ['rebuild', '`--rebuild` was given'],
  ['break', 'a break was asked for'],
  ['verify', 'it is verified, which builds it anew'],
] as const)('what was asked for by %s is told as it was asked for', (by, words) => {
  expect(causeText({ type: 'asked', by })).toBe(words);
});

describe('changed parameters', () => {
  const text = (before: object, now: object): string =>
    causeText({ type: 'parameters-changed', changes: parameterChanges(before as never, now as never) });

  test('say of a list what it gained and lost, of a short value what it was, of a script that it changed', () => {
    expect(text({ packages: ['gcc'] }, { packages: ['gcc', 'hello'] })).toBe('its `packages` gained `hello`');
    expect(text({}, { packages: ['hello'] })).toBe('its `packages` gained `hello`');
    expect(text({ packages: ['a', 'b'] }, { packages: ['b', 'c'] })).toBe('its `packages` gained `c` and lost `a`');
    expect(text({ packages: ['a', 'b'] }, { packages: ['b', 'a'] })).toBe('its `packages` changed');
    expect(text({ suite: 'sid', shell: 'a b' }, { suite: 'trixie', shell: 'a c' })).toBe(
      'its `suite` changed from `sid` to `trixie`; its `shell` changed',
    );
    expect(text({ packages: [] }, { packages: ['a', 'b', 'c', 'd', 'e'] })).toBe(
      'its `packages` gained `a`, `b`, `c`, `d`, …',
    );
  });
});
