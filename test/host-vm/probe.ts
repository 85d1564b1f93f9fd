/**
 * `probe.js [filter | containers | controls ...]`: the probes of the filter in a container that is started by hand, with
 * it and without; every probe in both kinds of container of ours; and in ones by hand, with every control and without
 * each. By hand as an ordinary user only. A line of JSON for each group; ends with 1 when an answer is not what it has to
 * be. For a host that is too slow for the tests, such as a virtual machine of another processor: see `run.sh`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { architectureOf } from '../../sandbox/seccomp/architecture.ts';
import { policyFilter } from '../../sandbox/seccomp/policy-filter.ts';
import { ALL_PROBES } from '../sandbox/probes/all-probes.ts';
import { layBait } from '../sandbox/probes/bait.ts';
import { openByHand } from '../sandbox/probes/by-hand.ts';
import { CONTROLS } from '../sandbox/probes/controls.ts';
import { answersIn, probingScript } from '../sandbox/probes/probe.ts';
import type { Probe } from '../sandbox/probes/probe.ts';
import { makeProbingSystem } from '../sandbox/probes/probing-system.ts';
import { RULE_PID_ONE } from '../sandbox/probes/rule-pid-one.ts';
import { FOREIGN, FOREIGN_STATUS, makeForeignProgram } from '../sandbox/seccomp/foreign-program.ts';
import { alike, filteredAnswers, probeScript } from '../sandbox/seccomp/probes.ts';
import { onTiny, onWritableTiny, openTestStore, project, shell } from '../supervisor/test-store.ts';

type Identity = 'builder' | 'root';

let wrong = 0;
/** What was tried, how many answers there were, and those that are not as they have to be. */
function say(what: string, of: number, others: readonly unknown[], more: object = {}): void {
  wrong += others.length;
  process.stdout.write(`${JSON.stringify({ what, of, others, ...more })}\n`);
}

/** The probes whose answer is not what a container of ours gives. */
function open(probes: readonly Probe[], answers: Map<string, string>, identity: Identity): string[] {
  return probes
    .filter(
      ({ name, expected, asRoot }) => !((identity === 'root' && asRoot) || expected).test(answers.get(name) ?? ''),
    )
    .map(({ name }) => name);
}

const asked = process.argv.slice(2);
const isAsked = (group: 'filter' | 'containers' | 'controls'): boolean => asked.length === 0 || asked.includes(group);

const user = process.getuid?.() === 0 ? 'root' : 'an ordinary user';
process.env['CONTRACTOR_TEST_SECRET'] = 'TOPSECRET';
const bait = await layBait();
const top = mkdtempSync(join(tmpdir(), 'contractor-probe-'));
const tree = join(top, 'tree');
makeProbingSystem(tree);
makeForeignProgram(tree);
for (const path of ['proc', 'dev']) mkdirSync(join(tree, path));
const asks = (identity: Identity): readonly Probe[] =>
  ALL_PROBES.filter(({ asRoot }) => identity === 'builder' || asRoot !== null);
const foreignStatus = `status=0; ${FOREIGN} || status=$?; echo "$status"`;
const filterScript = `LC_ALL=C perl -e '${probeScript()}' < /dev/null`;
const foreignMade = spawnSync(
  'bwrap',
  ['--unshare-all', '--ro-bind', tree, '/', '--', '/bin/sh', '-c', foreignStatus],
  {
    encoding: 'utf8',
  },
).stdout.trim();
const foreignKilled = foreignMade === String(FOREIGN_STATUS.made) ? String(FOREIGN_STATUS.killed) : foreignMade;

// A weakened container that the host's root starts would have the host in its hands.
if (isAsked('filter') && process.getuid?.() !== 0) {
  for (const filtered of [true, false]) {
    const name = filtered ? 'with the filter' : 'without the filter';
    const stdout = underFilter(['/bin/sh', '-c', filterScript], filtered);
    const others = filtered ? difference(stdout, filteredAnswers) : alike(stdout);
    say(`by hand, ${name}: its probes`, count(stdout), others, { stdout: stdout.split('\n') });
    const status = underFilter(['/bin/sh', '-c', foreignStatus], filtered).trim();
    const expected = filtered ? foreignKilled : foreignMade;
    say(`by hand, ${name}: a program of another ABI`, 1, difference(status, expected), { status });
  }
}
if (isAsked('containers')) {
  const store = await openTestStore();
  await store.supervisor.artifacts.importFrom('probing', tree);
  for (const [identity, systree] of [
    ['builder', onTiny],
    ['root', onWritableTiny],
  ] as const) {
    const script = probingScript(asks(identity), { ...bait.values, STORE: store.store });
    const { result, log } = await store.build([
      project('p', [
        { ...systree, 'artifact-name': 'probing' },
        shell(script),
        shell(filterScript),
        shell(foreignStatus),
        shell(`PERL_BADLANG=0 /bin/perl -e '${RULE_PID_ONE}'`),
      ]),
    ]);
    const kind = `a container of ${identity}, built by ${user}`;
    if (result !== 'built') say(`${kind}: it is built`, 1, [result]);
    const answers = answersIn(log('p', '2'));
    const others = open(asks(identity), answers, identity);
    say(`${kind}: probes`, answers.size, others, { said: others.map((name) => answers.get(name)) });
    const filtered = log('p', '3');
    say(`${kind}: probes of the filter`, count(filtered), difference(filtered, filteredAnswers));
    say(`${kind}: a program of another ABI`, 1, difference(log('p', '4').trim().split('\n').at(-1), foreignKilled), {
      foreignMade,
      foreignKilled,
    });
    say(`${kind}: pid 1 is there to be ruled`, 1, difference(log('p', '5'), 'ruled: 0\n'));
  }
  await store.close();
}
if (isAsked('controls') && process.getuid?.() !== 0) {
  const byHand = openByHand(bait);
  const harmless = ALL_PROBES.filter(({ onlyInside }) => onlyInside !== true);
  for (const identity of ['builder', 'root'] as const) {
    const probes = harmless.filter((probe) => asks(identity).includes(probe));
    const others = open(probes, byHand.answers(probes, { options: byHand.options(identity) }), identity);
    // Overlays are the keeper's work.
    say(`by hand, as ${identity}, with every control`, probes.length, difference(others, ['a whiteout of an overlay']));
  }
  for (const { name, identity = 'builder', without, shownBy } of CONTROLS) {
    const probes = ALL_PROBES.filter((probe) => shownBy.includes(probe.name));
    const options = byHand.options(identity);
    const shown = open(probes, byHand.answers(probes, { options, ...without(options) }), identity);
    const hidden = shownBy.filter((each) => !shown.includes(each));
    say(`by hand, without ${name}: what is open that was not`, shownBy.length, hidden);
  }
  byHand.remove();
}
await bait.remove();
rmSync(top, { recursive: true });
process.stdout.write(
  `${JSON.stringify({ wrong, kernel: execFileSync('uname', ['-srm'], { encoding: 'utf8' }).trim() })}\n`,
);
process.exitCode = wrong === 0 ? 0 : 1;

/** What a command prints in a sandbox that has all but the keeper's part, with the filter of a builder or without. */
function underFilter(words: readonly string[], filtered: boolean): string {
  const filter = join(top, 'filter');
  const policy = { type: 'container', identity: 'builder', directory: '/', environment: {} } as const;
  writeFileSync(filter, policyFilter(policy, architectureOf(process.arch)));
  const options = ['--unshare-all', '--ro-bind', tree, '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'];
  const { stdout } = spawnSync('bwrap', [...options, ...(filtered ? ['--seccomp', '3'] : []), '--', ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit', openSync(filter, 'r')],
  });
  return stdout;
}

function difference(found: unknown, expected: unknown): unknown[] {
  return JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ found, expected }];
}

function count(lines: string): number {
  return lines.trim().split('\n').length;
}
