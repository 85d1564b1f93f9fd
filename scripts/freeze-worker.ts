/**
 * Keeps what workers of a commit say to the database, so that a test can have them go on while a newer program changes its schema:
 *
 *     node scripts/freeze-worker.ts COMMIT     before a migration is added: the commit that does not have it
 *
 * All of `fleet/` of that commit becomes one file, `test/fleet/older/version-N.mjs`, where N is how many migrations it knows. What it
 * builds with is the library as it is when the test runs.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'rolldown';

const commit = process.argv[2];
if (commit === undefined) throw new Error('usage: node scripts/freeze-worker.ts COMMIT');
const root = join(import.meta.dirname, '..');
const top = realpathSync(mkdtempSync(join(tmpdir(), 'freeze-')));
try {
  const archive = execFileSync('git', ['archive', commit, 'fleet', 'package.json'], { cwd: root, maxBuffer: 2 ** 28 });
  execFileSync('tar', ['-xf', '-'], { cwd: top, input: archive });
  const { MIGRATIONS } = (await import(pathToFileURL(join(top, 'fleet/migrations/migrations.ts')).href)) as {
    readonly MIGRATIONS: readonly unknown[];
  };
  writeFileSync(
    join(top, 'fleet/frozen.ts'),
    ['open-fleet', 'run-worker', 'submit-run', 'artifact-exchange']
      .map((name) => `export * from './${name}.ts';\n`)
      .join(''),
  );
  const file = join(root, `test/fleet/older/version-${MIGRATIONS.length}.mjs`);
  await build({
    cwd: top,
    input: 'fleet/frozen.ts',
    platform: 'node',
    logLevel: 'warn',
    external: ['pg', 'pg-boss'],
    plugins: [
      {
        name: 'library-of-today',
        resolveId: (source, importer) => {
          if (importer === undefined || !source.startsWith('..')) return undefined;
          const path = relative(top, resolve(dirname(importer), source));
          return path.startsWith('fleet/') ? undefined : { id: `../../../${path}`, external: true };
        },
      },
    ],
    output: {
      file,
      format: 'esm',
      banner: `// fleet/ of ${commit}, by scripts/freeze-worker.ts: never changed by hand.`,
    },
  });
  process.stdout.write(`${file}\n`);
} finally {
  rmSync(top, { recursive: true, force: true });
}
