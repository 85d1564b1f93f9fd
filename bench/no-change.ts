/**
 * How soon a build answers that has nothing to build: 1,000 projects, against `nix-build` of as many derivations that are
 * built already, with its sandbox on; both were built before by the same program, each in a store of its own.
 *
 *     node bench/no-change.ts                    prints a table in Markdown; of the built package
 *     node bench/no-change.ts --projects 100 --runs 9
 *
 * Where there is no `nix-build` (Debian: nix-bin), the row says so.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { createSupervisor } from '../index.ts';
import { makeTinySystem } from '../test/supervisor/test-store.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, projects: { type: 'string', default: '1000' } },
});
const [runs, count] = [Number(values.runs), Number(values.projects)];
const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'contractor-bench-no-change-'));
const store = join(scratch, 'store');
const numbers = Array.from({ length: count }, (_, n) => n);

try {
  makeTinySystem(join(scratch, 'tiny'));
  const supervisor = createSupervisor({ store });
  await supervisor.artifacts.importFrom('tiny', join(scratch, 'tiny'));
  await supervisor.close();
  const spec = join(scratch, 'build.yaml');
  writeFileSync(spec, `projects:\n${numbers.map(projectText).join('')}`);
  const ours = (): void => run(process.execPath, [cli, '--store', store, 'build', spec]);
  const nix = nixBuild();
  ours();
  nix?.();
  const pairs = Array.from({ length: runs }, () => ({
    ours: timeOf(ours),
    nix: nix && timeOf(nix),
    node: timeOf(node),
  }));
  const median = (of: readonly number[]): number => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;
  const row = (against: string, ratios: readonly number[], yardstick: readonly number[]): string => {
    const sorted = ratios.toSorted((a, b) => a - b);
    const range = `${(sorted[0] ?? 0).toFixed(2)}–${(sorted.at(-1) ?? 0).toFixed(2)}`;
    const ms = [median(pairs.map((pair) => pair.ours)), median(yardstick)].map((each) => each.toFixed(0));
    return `| ${[`${count} projects, nothing changed`, against, ...ms, `**${median(ratios).toFixed(2)}** (${range})`].join(' | ')} |\n`;
  };
  process.stdout.write('| what | against | ours, ms | yardstick, ms | ratio (min–max) |\n|---|---|---|---|---|\n');
  const measured = pairs.flatMap((pair) => (pair.nix === undefined ? [] : [{ ...pair, nix: pair.nix }]));
  process.stdout.write(
    measured.length === 0
      ? `| ${count} projects, nothing changed | \`nix-build\` | not measured: it is not installed | | |\n`
      : row(
          `\`nix-build\` of ${count} derivations that are built`,
          measured.map((pair) => pair.ours / pair.nix),
          measured.map((pair) => pair.nix),
        ),
  );
  process.stdout.write(
    row(
      '`node -e 0`',
      pairs.map((pair) => pair.ours / pair.node),
      pairs.map((pair) => pair.node),
    ),
  );
} finally {
  run('chmod', ['-R', 'u+w', scratch]);
  rmSync(scratch, { recursive: true, force: true });
}

function projectText(n: number): string {
  return `- project: p${n}\n  build-steps:\n  - action: create-systree\n    artifact-name: tiny\n    container-name: c\n  - action: empty-workspace\n  - action: shell\n    container-name: c\n    shell: echo ${n} > out\n`;
}

/** Undefined where there is none. */
function nixBuild(): (() => void) | undefined {
  if (spawnSync('nix-build', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
  const directory = join(scratch, 'nix');
  mkdirSync(directory);
  const file = join(directory, 'default.nix');
  writeFileSync(
    file,
    `let mk = n: derivation { name = "p\${toString n}"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo \${toString n} > $out" ]; };\nin builtins.genList mk ${count}\n`,
  );
  const options = { sandbox: 'true', 'build-users-group': '', 'sandbox-paths': '/bin /lib /lib64 /usr' };
  const argv = Object.entries(options).flatMap(([name, value]) => ['--option', name, value]);
  return () => run('nix-build', ['--store', join(directory, 'root'), ...argv, '--no-out-link', file]);
}

function node(): void {
  run(process.execPath, ['-e', '0']);
}

function run(program: string, argv: readonly string[]): void {
  const { status, stderr } = spawnSync(program, argv, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
}

function timeOf(work: () => void): number {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}
