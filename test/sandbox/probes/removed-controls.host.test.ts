import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whatHostLacks } from '../../supervisor/test-store.ts';
import { ALL_PROBES } from './all-probes.ts';
import { layBait } from './bait.ts';
import type { Bait } from './bait.ts';
import { openByHand } from './by-hand.ts';
import type { ByHand } from './by-hand.ts';
import { CONTROLS } from './controls.ts';
import type { Probe } from './probe.ts';
import { RULE_PID_ONE } from './rule-pid-one.ts';
import { ancestors, sleepers } from './sleepers.ts';

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

  // Not by bwrap, which has it always.
  test('shows what its probes would, without no new privileges', () => {
    const shownBy = ['new privileges by a program', 'a setuid program of the system tree'];
    const probes = ALL_PROBES.filter(({ name }) => shownBy.includes(name));
    const shown = (noNewPrivileges: boolean): string[] =>
      open(probes, byHand.answersInChroot(probes, { noNewPrivileges }), 'builder');
    expect(shown(true)).toEqual([]);
    expect(shown(false)).toEqual(shownBy);
  });

  test('has the files that it makes belong to who builds, without ids of a map', async () => {
    await once(byHand.start('echo mine >mine', { options: byHand.options('builder') }), 'exit');
    expect(statSync(join(byHand.workspace, 'mine')).uid).toBe(process.getuid?.());
  });

  test('has a step live on that takes the death signal from its pid 1, without an outer pid namespace', async () => {
    const mark = '987793';
    const child = byHand.start(`/bin/perl -e '${RULE_PID_ONE}'\nexec sleep ${mark}`, {
      options: byHand.options('builder'),
    });
    await expect.poll(() => sleepers(mark)).toHaveLength(1);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    const [survivor] = sleepers(mark);
    const [pidOne] = ancestors(survivor?.path ?? '');
    if (pidOne !== undefined) process.kill(pidOne, 'SIGKILL');
    expect(survivor).toBeDefined();
    await expect.poll(() => sleepers(mark)).toEqual([]);
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
