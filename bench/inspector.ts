/**
 * What the inspector costs and how soon its page shows something, in a real Chromium.
 *
 *     node bench/inspector.ts             prints a table in Markdown
 *     node bench/inspector.ts --runs 9    more pairs; the default is 5
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSupervisor } from '../index.ts';
import { runsOfStore } from '../inspector/server/runs-of-store.ts';
import { serveInspector } from '../inspector/server/serve-inspector.ts';
import { openStore } from '../store/open-store.ts';
import type { NewEvent } from '../supervisor/build-event.ts';
import { openBrowser } from '../test/inspector/browser/browser.ts';
import { makeTinySystem } from '../test/supervisor/test-store.ts';

const runs = Number(parseArgs({ options: { runs: { type: 'string', default: '5' } } }).values.runs);
const top = mkdtempSync(join(tmpdir(), 'contractor-bench-inspector-'));
const cli = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
const browser = await openBrowser();
try {
  process.stdout.write('| what | median | range |\n|---|---|---|\n');
  await firstPaints();
  await overhead();
} finally {
  await browser.close();
  rmSync(top, { recursive: true, force: true });
}

/** 1,000 projects of 10 steps, all built, but for one event at a time that comes while the page looks. */
async function firstPaints(): Promise<void> {
  const directory = join(top, 'large');
  const store = openStore(directory);
  const projects = Array.from({ length: 1000 }, (_, index) => ({
    name: `project-${index}`,
    dependsOn: [1 + (index % 7), 13 + (index % 31)]
      .filter((back) => back <= index)
      .map((back) => `project-${index - back}`),
    steps: Array.from({ length: 10 }, (_, step) => ({ id: `${step + 1}-shell`, title: `part ${step + 1}` })),
  }));
  const of = { id: 'large', createdAt: Date.now(), specName: 'large.yaml', specText: '', specDigest: '', options: {} };
  store.createRun({ ...of, spec: { projects }, projects: projects.map(({ name }) => name) });
  let at = Date.now() - 3_600_000;
  const record = (event: NewEvent): number => store.appendEvent('large', { at, event });
  store.transaction(() => {
    const outlines = projects.map((project) => ({ ...project, stepsDone: 0 }));
    record({ type: 'run-started', specName: 'large.yaml', resumed: false, projects: outlines });
    for (const { name, steps } of projects.slice(0, -1)) {
      record({ type: 'project-started', project: name });
      for (const { id: step } of steps) {
        const place = { project: name, step, attempt: 1, attemptId: `${name}-${step}` };
        record({ type: 'step-started', ...place });
        at += 300;
        record({ type: 'step-ended', ...place, outcome: { type: 'succeeded' }, durationMs: 300 });
      }
      record({ type: 'project-ended', project: name, result: 'built', durationMs: 3000 });
    }
  });
  const supervisor = createSupervisor({ store: directory });
  const inspector = await serveInspector(runsOfStore(supervisor), { command: 'contractor' });
  const { page } = browser;
  const first: number[] = [];
  const whole: number[] = [];
  for (let n = 0; n < runs; n += 1) {
    await page.goto('about:blank');
    await page.goto(inspector.url);
    await page.getByText('999 built').waitFor();
    const [paint, all] = await page.evaluate(() => {
      const painted = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN;
      return [painted, performance.now()];
    });
    first.push(paint ?? NaN);
    whole.push(all ?? NaN);
  }
  row('page of 1,000 projects × 10 steps: first paint', first, 'ms');
  row('… all 22,000 events of it shown, as a graph', whole, 'ms');
  const seen: number[] = [];
  await page.getByPlaceholder('Find a project').fill('project-999');
  for (let n = 0; n < 4 * runs; n += 1) {
    const state = n % 2 === 0 ? 'running' : 'built';
    const shown = page.evaluate(async (wanted) => {
      const { document } = globalThis as unknown as { document: { querySelector(selector: string): unknown } };
      while (document.querySelector(`.list .row.is-${wanted}`) === null)
        await new Promise((resolve) => setTimeout(resolve, 1));
      return Date.now();
    }, state);
    await new Promise((resolve) => setTimeout(resolve, 100));
    at = Date.now();
    if (state === 'running') record({ type: 'project-started', project: 'project-999' });
    else record({ type: 'project-ended', project: 'project-999', result: 'built', durationMs: 1 });
    seen.push((await shown) - at);
  }
  row('… from the record of an event to its sight', seen, 'ms');
  await inspector.close();
  await supervisor.close();
  store.close();
}

/** A build of 100 trivial steps by a process of its own, with a page that looks and without, in turn. */
async function overhead(): Promise<void> {
  const store = join(top, 'store');
  const supervisor = createSupervisor({ store });
  makeTinySystem(join(top, 'tiny'));
  await supervisor.artifacts.importFrom('tiny', join(top, 'tiny'));
  const steps = Array.from({ length: 100 }, () => ({ action: 'shell', 'container-name': 'c', shell: 'true' }));
  const systree = { action: 'create-systree', 'artifact-name': 'tiny', 'container-name': 'c' };
  const file = join(top, 'chain.json');
  writeFileSync(file, JSON.stringify({ projects: [{ project: 'chain', 'build-steps': [systree, ...steps] }] }));
  const build = (): ChildProcess =>
    spawn(process.execPath, [cli, '--store', store, 'build', file, '--fresh', '--quiet'], { stdio: 'inherit' });
  const timed = async (): Promise<number> => {
    const began = performance.now();
    await once(build(), 'exit');
    return performance.now() - began;
  };
  await timed(); // warm
  const ratios: number[] = [];
  for (let n = 0; n < runs; n += 1) {
    const alone = await timed();
    // A process of its own, as it is for a user.
    const inspecting = spawn(process.execPath, [cli, '--store', store, 'inspect'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(inspecting.stdout, 'data')) as [Buffer];
    const known = new Set(supervisor.runs().map(({ id }) => id));
    const watched = timed();
    let id: string | undefined;
    while (id === undefined) {
      id = supervisor.runs({ limit: 1 }).find((run) => !known.has(run.id))?.id;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const follower = new AbortController();
    const [address = ''] = line.toString().split('\n');
    // What a page asks for; a browser on the same two cores would measure the browser.
    const followed = fetch(`${address}events?run=${id}`, { signal: follower.signal }).then((answer) => answer.text());
    ratios.push((await watched) / alone);
    await followed;
    follower.abort();
    inspecting.kill('SIGINT');
    await once(inspecting, 'exit');
  }
  row('build of 100 trivial steps, inspected, against the same alone', ratios, '×');
  await supervisor.close();
}

function row(what: string, figures: readonly number[], unit: string): void {
  const sorted = figures.toSorted((a, b) => a - b);
  const text = (value: number | undefined): string => (value ?? NaN).toFixed(unit === 'ms' ? 0 : 2);
  const median = sorted[Math.floor(sorted.length / 2)];
  process.stdout.write(`| ${what} | ${text(median)} ${unit} | ${text(sorted[0])}–${text(sorted.at(-1))} |\n`);
}
