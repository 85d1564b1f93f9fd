/**
 * Puts the sources together to a few JavaScript files, in the directory that the
 * first argument names: loading some hundred modules one by one took most of the
 * time of a short command. What the sources import on demand stays a file of its own.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build, type Plugin } from 'rolldown';
import { bundlePage } from '../inspector/bundle-page.ts';

/** Programs and the library. All else goes into `chunks`. */
const ENTRIES = ['index', 'telemetry/opentelemetry', 'cli/main', 'store/tree-worker', 'supervisor/spec-worker'];

/**
 * The dependencies that are put in: they are made of many modules, of which most are not
 * used. The types speak of them, so they stay dependencies; ajv is loaded by a mistake in a
 * specification only. A development dependency that is imported is put in too.
 */
const PUT_IN = new Set(['execa', 'nanoid', 'xstate', 'yaml']);

/**
 * What is loaded together is one file, with all it needs that is in none above it: each
 * file costs as much as ten thousand characters in it.
 */
const FILES: readonly (readonly [name: string, modules: RegExp])[] = [
  ['version', /\/cli\/version\.ts$/],
  ['base', /\/errors\.ts$|\/store\/(store-paths|artifact-reference)\.ts$|\/nanoid\/|fetched\/(?!zlib|net)/],
  ['library', /\/index\.ts$/],
  ['builds', /\/supervisor\/begin-run\.ts$/],
  ['command-line', /\/cli\/(command-line|process-context)\.ts$/],
  ['commands', /\/cli\/(spec-file|with-supervisor|print|print-problems)\.ts$/],
  ['progress', /\/cli\/run-build\.ts$/],
];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
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
      /^import (?:\* as )?([\w$]+|(?:[\w$]+, )?\{[^}]*\}) from ("node:[^"]+");$/gm,
      (_, names: string, id: string) => {
        const fetched = `globalThis.process.getBuiltinModule(${id})`;
        const parts = names.replace(/^([\w$]+), /, `$1 = ${fetched}, `).replaceAll(' as ', ': ');
        return `const ${parts} = ${fetched};`;
      },
    ),
};

/**
 * Built-in modules that bring a good part of Node with them, of which short commands
 * call nothing: each function fetches its module when it is first called.
 */
const FETCHED_AT_FIRST_CALL = /^(?:node:)?(child_process|crypto|fs\/promises|net|stream\/promises|zlib)$/;

const fetchAtFirstCall: Plugin = {
  name: 'fetch-at-first-call',
  resolveId: (id, importer = '') => {
    // A package that is loaded on demand needs them then.
    const isForShort = !importer.includes('/node_modules/') || importer.includes('/node_modules/commander/');
    const name = isForShort ? FETCHED_AT_FIRST_CALL.exec(id)?.[1] : undefined;
    return name === undefined ? undefined : { id: `\0fetched/${name}`, moduleSideEffects: false };
  },
  load: (id) => {
    if (!id.startsWith('\0fetched/')) return undefined;
    const name = `node:${id.slice('\0fetched/'.length)}`;
    const fetched = `globalThis.process.getBuiltinModule(${JSON.stringify(name)})`;
    const functions = Object.entries(createRequire(import.meta.url)(name) as object).filter(
      ([key, value]) => typeof value === 'function' && /^[a-z]\w*$/.test(key),
    );
    const lines = functions.map(([key]) => `export const ${key} = (...given) => ${fetched}.${key}(...given);`);
    return [...lines, `export default { ${functions.map(([key]) => key).join(', ')} };`].join('\n');
  },
};

/** Its other build is made of CommonJS modules, of which nothing can be left out. */
const modulesOfYaml: Plugin = {
  name: 'modules-of-yaml',
  resolveId: (id) => (id === 'yaml' ? join(process.cwd(), 'node_modules/yaml/browser/dist/index.js') : undefined),
};

/** What is imported on demand is imported from where it is, and not from a file that says where. */
const withoutSignposts: Plugin = {
  name: 'without-signposts',
  generateBundle: (_, files) => {
    const chunks = Object.values(files).filter((file) => file.type === 'chunk');
    for (const post of chunks.filter(({ isEntry }) => !isEntry)) {
      const target = /^export \{(?!.* as )[\w, ]*\} from "\.\/([^"]+)";\s*$/.exec(post.code)?.[1];
      if (target === undefined) continue;
      const name = post.fileName.replace(/^chunks\//, '');
      for (const chunk of chunks) chunk.code = chunk.code.replaceAll(`/${name}")`, `/${target}")`);
      delete files[post.fileName];
    }
  },
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

const { dependencies, peerDependencies } = manifestOf('.');
const apart = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !PUT_IN.has(name));
const { output } = await build({
  input: Object.fromEntries(ENTRIES.map((entry) => [entry, `${entry}.ts`])),
  platform: 'node',
  external: apart.map((name) => new RegExp(`^${name}(/|$)`)),
  plugins: [leaveOutBundler, fetchAtFirstCall, modulesOfYaml, fetchBuiltins, withoutSignposts, refuseLostPlaces],
  logLevel: 'warn',
  checks: { ineffectiveDynamicImport: false },
  output: {
    dir: directory,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    minifyInternalExports: false,
    codeSplitting: { groups: FILES.map(([name, test]) => ({ name, test })) },
  },
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
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license']
    .map((name) => join(directory, name))
    .find(existsSync);
  assert(file, `${name} has no licence text`);
  return `${name} ${version} (${license})\n\n${readFileSync(file, 'utf8').trim()}\n`;
}
