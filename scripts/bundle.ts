/**
 * Puts the sources together to a few JavaScript files, in the directory that the
 * first argument names: loading some hundred modules one by one took most of the
 * time of a short command. What the sources import on demand stays a file of its own.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'rolldown';
import { bundlePage } from '../inspector/bundle-page.ts';

/** Programs and the library. All else goes into `chunks`. */
const ENTRIES = ['index', 'cli/main', 'store/tree-worker'];

/**
 * The only dependency that is put in: 70 modules, which `contractor validate` needs
 * all of. The others are loaded by what takes longer anyway, and an embedding program
 * can share them with us. A development dependency that is imported is put in too.
 */
const PUT_IN = new Set(['yaml']);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (directory: string): Manifest =>
  JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;

/**
 * Has the built-in modules fetched instead of imported. `import` reads every export of one,
 * and that alone loads all that Node itself loads on demand: of node:fs the streams and the
 * promises (5 ms).
 */
const fetchBuiltins: Plugin = {
  name: 'fetch-builtins',
  renderChunk: (code) =>
    code.replaceAll(
      /^import (?:\* as )?(\w+|\{[^}]*\}) from ("node:[^"]+");$/gm,
      (_, names: string, id: string) =>
        `const ${names.replaceAll(' as ', ': ')} = globalThis.process.getBuiltinModule(${id});`,
    ),
};

/** `new URL('../sandbox/keeper.pl', import.meta.url)` is right in every directory of dist, and not in dist itself. */
const refuseLostPlaces: Plugin = {
  name: 'refuse-lost-places',
  renderChunk(code, { fileName }) {
    const takesPlace = /new URL\([^)]*import\.meta\.url/.test(code);
    assert(!takesPlace || fileName.split('/').length === 2, `${fileName} looks for files beside itself`);
  },
};

/** The package has the inspector's page put together already; what does it in a checkout needs a bundler. */
const leaveOutBundler: Plugin = {
  name: 'leave-out-bundler',
  load: (id) =>
    id.endsWith('/inspector/bundle-page.ts')
      ? { code: `export const bundlePage = () => { throw new Error('page.js is missing'); };`, moduleType: 'js' }
      : null,
};

const [directory] = process.argv.slice(2);
if (!directory) throw new Error('usage: bundle.ts DIRECTORY');

const apart = Object.keys(manifestOf('.').dependencies ?? {}).filter((name) => !PUT_IN.has(name));
const { output } = await build({
  input: Object.fromEntries(ENTRIES.map((entry) => [entry, `${entry}.ts`])),
  platform: 'node',
  external: apart.map((name) => new RegExp(`^${name}(/|$)`)),
  plugins: [leaveOutBundler, fetchBuiltins, refuseLostPlaces],
  logLevel: 'warn',
  output: { dir: directory, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
});

mkdirSync(join(directory, 'inspector/page'), { recursive: true });
writeFileSync(join(directory, 'inspector/page/page.js'), await bundlePage());

const packages = new Set(
  output
    .flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
    .flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
);
writeFileSync(join(directory, 'THIRD_PARTY_LICENSES'), [...packages].toSorted().map(licenceOf).join('\n'));

function licenceOf(directory: string): string {
  const { name, version, license } = manifestOf(directory);
  const file = ['LICENSE', 'LICENSE.md', 'LICENCE', 'license'].map((name) => join(directory, name)).find(existsSync);
  assert(file, `${name} has no licence text`);
  return `${name} ${version} (${license})\n\n${readFileSync(file, 'utf8').trim()}\n`;
}
