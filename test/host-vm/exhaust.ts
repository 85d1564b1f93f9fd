/**
 * Every probe that uses something up, in both kinds of container, one after the other, and a line of JSON for each: how
 * it ended, how long the host took to answer at worst, what was left. For a host that is too slow or too bare for the
 * tests, such as a virtual machine: see `run.sh`. Ends with 1 when a probe did not end at its limit, or left something.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { findIdMap } from '../../sandbox/id-map.ts';
import { findControlGroups, groupsArgument } from '../../sandbox/limits/control-groups.ts';
import { EXHAUSTIONS } from '../sandbox/probes/exhaustion.ts';
import { hostPulse } from '../sandbox/probes/host-pulse.ts';
import { makeProbingSystem } from '../sandbox/probes/probing-system.ts';
import { controlGroupsOf } from '../supervisor/control-groups-of.ts';
import { openTestStore, project, shell } from '../supervisor/test-store.ts';

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const groups = await findControlGroups(findIdMap());
say({ user: process.getuid?.(), groups: groupsArgument(groups) });
const store = await openTestStore();
const top = mkdtempSync(join(tmpdir(), 'contractor-exhaustion-'));
makeProbingSystem(join(top, 'tree'));
await store.supervisor.artifacts.importFrom('probing', join(top, 'tree'));
rmSync(top, { recursive: true });

let wrong = 0;
for (const writable of [false, true]) {
  const systree = { action: 'create-systree', 'artifact-name': 'probing', 'container-name': 'c', writable };
  for (const [index, { name, script, limits, ends, most }] of EXHAUSTIONS.entries()) {
    const mark = `98${writable ? 4 : 3}${100 + index}`;
    const pulse = hostPulse();
    const step = shell(script.replaceAll('MARK', mark), { limits, timeout: '300s' });
    const { events, id } = await store.build([project('p', [systree, step])]);
    const slowestMs = Math.round(await pulse.stop());
    const [, outcome] = events.flatMap((event) => (event.type === 'step-ended' ? [event.outcome] : []));
    const hit = outcome?.type === 'limit-hit' ? outcome : undefined;
    const { value = 0, peak = 0 } = hit ?? {};
    const isAtLimit = hit?.limit === ends && peak >= 0.9 * value && peak <= (most ?? 1.1 * value);
    const receipt = await store.supervisor.receipt({ run: id, project: 'p', step: '2' });
    const left = await whatStays(() => [
      ...readdirSync(join(store.store, 'keepers')),
      ...controlGroupsOf(id, store, groups),
      ...marked(mark),
    ]);
    if (!isAtLimit || left.length > 0) wrong += 1;
    say({ name, writable, isAtLimit, outcome, slowestMs, left, grouped: receipt.limits.grouped });
  }
}
await store.close();
say({ wrong, of: 2 * EXHAUSTIONS.length });
process.exitCode = wrong === 0 ? 0 : 1;

/** A keeper takes a moment to go. */
async function whatStays(left: () => readonly string[]): Promise<readonly string[]> {
  const until = Date.now() + 60_000;
  while (left().length > 0 && Date.now() < until) await setTimeout(100);
  return left();
}

/** The processes with this word on their command line. */
function marked(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`\0${mark}\0`);
    } catch {
      return false; // no process, or one that has ended
    }
  });
}
