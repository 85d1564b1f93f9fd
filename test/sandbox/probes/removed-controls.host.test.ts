import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whatHostLacks } from '../../supervisor/test-store.ts';
import { ALL_PROBES } from './all-probes.ts';
import { layBait } from './bait.ts';
import type { Bait } from './bait.ts';
import { openByHand } from './by-hand.ts';
import type { ByHand } from './by-hand.ts';
import { CONTROLS } from './controls.ts';
import type { Probe } from './probe.ts';

// A weakened container that the host's root starts would have the host in its hands.
const skipped = process.getuid?.() === 0 || (await whatHostLacks()) !== '';
const harmless = ALL_PROBES.filter(({ onlyInside }) => onlyInside !== true);
let bait: Bait;
let byHand: ByHand;

beforeAll(async () => {
  if (skipped) return;
  bait = await layBait();
  byHand = openByHand(bait);
});
afterAll(async () => {
  byHand?.remove();
  await bait?.remove();
});

/** The probes whose answer is not what a container of ours gives. */
function open(probes: readonly Probe[], answers: Map<string, string>, identity: 'root' | 'builder'): string[] {
  return probes
    .filter(
      ({ name, expected, asRoot }) => !((identity === 'root' && asRoot) || expected).test(answers.get(name) ?? ''),
    )
    .map(({ name }) => name);
}

describe.skipIf(skipped)('[A-65] as an ordinary user, a container that is started by hand', () => {
  test.for(['builder', 'root'] as const)('withstands the probes with every control, as %s', (identity) => {
    const probes = harmless.filter(({ asRoot }) => identity === 'builder' || asRoot !== null);
    const answers = byHand.answers(probes, { options: byHand.options(identity) });
    expect(open(probes, answers, identity)).toEqual(['a whiteout of an overlay']); // overlays are the keeper's work
  });

  test.for(CONTROLS)('shows what its probes would, without $name', ({ identity: named, without, shownBy }) => {
    const identity = named ?? 'builder';
    const probes = shownBy
      .map((name) => ALL_PROBES.find((probe) => probe.name === name))
      .filter((each) => each !== undefined);
    const options = byHand.options(identity);
    const answers = byHand.answers(probes, { options, ...without(options) });
    expect(open(probes, answers, identity)).toEqual(shownBy);
  });

  test('on a terminal, has none when it has a session of its own', () => {
    const probes = ALL_PROBES.filter(({ name }) => name === 'the terminal of the user');
    expect(
      open(probes, byHand.answers(probes, { options: byHand.options('builder'), onTerminal: true }), 'builder'),
    ).toEqual([]);
  });

  test('the naive way, lets through what the probes say it does', () => {
    const answers = byHand.answers(harmless, { options: byHand.naiveOptions(), environment: { SECRET: 'TOPSECRET' } });
    const passed = open(harmless, answers, 'builder');
    const flagged = harmless.filter(({ openInNaive }) => openInNaive).map(({ name }) => name);
    expect(flagged.filter((name) => !passed.includes(name))).toEqual([]);
  });
});
