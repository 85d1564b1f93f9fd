import { copyFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';

const ROOT = join(import.meta.dirname, '../..');

/** What is started again and again: the rest of a life is shorter than loading it module by module. */
const ENTRIES = {
  'crash/life-in-child': 'test/crash/life-in-child.ts',
  'crash/tear-trees': 'test/crash/tear-trees.ts',
  'store/tree-worker': 'store/tree-worker.ts',
  'supervisor/spec-worker': 'supervisor/spec-worker.ts',
};

/** The programs of a series, each as one file. */
export interface Bundled {
  readonly life: string;
  readonly tearTrees: string;
}

/**
 * Puts the programs of a series together below `directory`, from the sources as they are now. So what runs is laid out
 * as the package ships it; XState is its development build, as in all tests.
 */
export async function bundled(directory: string): Promise<Bundled> {
  await bundle(directory, ENTRIES);
  const [life, tearTrees] = ['life-in-child', 'tear-trees'].map((name) => join(directory, 'crash', `${name}.js`));
  return { life: life ?? '', tearTrees: tearTrees ?? '' };
}

/** The same of any programs, which become `NAME.js` below `directory`. */
export async function bundle(directory: string, entries: Readonly<Record<string, string>>): Promise<void> {
  mkdirSync(directory);
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules')); // for what is loaded on demand
  copyFileSync(join(ROOT, 'package.json'), join(directory, 'package.json')); // contractor asks it for its version
  cpSync(join(ROOT, 'sandbox'), join(directory, 'sandbox'), { recursive: true });
  await build({
    cwd: ROOT,
    input: { ...entries },
    platform: 'node',
    resolve: { conditionNames: ['development', 'node', 'import'] },
    logLevel: 'warn',
    output: { dir: directory, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
  });
}
