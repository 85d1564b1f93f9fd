import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';

/** The directory of the checkout. */
export const root: string = dirname(dirname(import.meta.dirname));

/** One `import … from`, `export … from` or `import()` of a file. */
export interface Import {
  /** As written: `./a.ts`, `node:fs`, `xstate/graph`. */
  readonly specifier: string;
  /** The file of the checkout it names, or the package or built-in module. */
  readonly target: string;
  /** Whether nothing of it is left when the types are stripped. */
  readonly typesOnly: boolean;
  /** `import()`: loaded when it is needed. */
  readonly onDemand: boolean;
}

/** A TypeScript file of the checkout, its path relative to the root. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const notOurs = new Set(['node_modules', 'dist', 'coverage', 'screenshots', '.git']);

/** The paths of all files of the checkout, relative to the root. */
export function filesOf(directory: string = root): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (notOurs.has(entry.name)) return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesOf(path);
    return entry.isFile() ? [relative(root, path)] : [];
  });
}

const statement = /^(?:import|export)\s+(type\s)?([^;'"]*?)from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]/gm;
const dynamic = /\bimport\(\s*['"]([^'"]+)['"]/g;

/** `{ type A, type B }`: each name is a type. */
const namesOnlyTypes = (names: string): boolean => {
  const list = /^\{([^}]*)\}$/
    .exec(names.trim())?.[1]
    ?.split(',')
    .filter((name) => name.trim() !== '');
  return list !== undefined && list.length > 0 && list.every((name) => /^\s*type\s/.test(name));
};

/** What `text`, the content of the file `path`, imports. Meant for source that prettier has formatted. */
export function importsOf(path: string, text: string): Import[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');
  const found = [...code.matchAll(statement)].map((match) => ({
    specifier: match[3] ?? match[4] ?? '',
    typesOnly: match[1] !== undefined || namesOnlyTypes(match[2] ?? ''),
    onDemand: false,
  }));
  for (const match of code.matchAll(dynamic))
    found.push({ specifier: match[1] ?? '', typesOnly: false, onDemand: true });
  return found.map((one) => ({ ...one, target: targetOf(path, one.specifier) }));
}

function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier);
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** All TypeScript files of the checkout. */
export function sourcesOf(): Source[] {
  return filesOf()
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return { path, text, imports: importsOf(path, text) };
    });
}

/** The folder at the root that `path` lies in, or the file itself: `store`, `errors.ts`. */
export const folderOf = (path: string): string => path.split('/')[0] ?? path;
