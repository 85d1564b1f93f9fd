/**
 * Who may import what: the table of docs/architecture.md, as data and as a pure check.
 */
import { folderOf, type Import, type Source } from './sources.ts';

interface FolderRule {
  /** Folders (or files at the root) whose values may be imported. */
  readonly values: readonly string[];
  /** Folders of which only types may be imported. */
  readonly types: readonly string[];
  /** Built-in modules and packages that would break what the folder promises. */
  readonly never: readonly string[];
}

const outsideWorld = [
  'fs',
  'fs/promises',
  'child_process',
  'os',
  'net',
  'http',
  'https',
  'timers',
  'timers/promises',
  'worker_threads',
  'sqlite',
  'process',
].map((name) => `node:${name}`);

/** What each folder may import besides itself, `errors.ts` and, where it may have files, `make-directory.ts`. A folder that is not here ships nothing, and may import all. */
export const folderRules: Readonly<Record<string, FolderRule>> = {
  'errors.ts': { values: [], types: [], never: outsideWorld },
  'make-directory.ts': { values: [], types: [], never: [] },
  'spec-schema': { values: [], types: [], never: outsideWorld },
  machines: { values: [], types: ['spec-schema'], never: [...outsideWorld, 'nanoid'] },
  sandbox: { values: [], types: [], never: [] },
  store: { values: [], types: [], never: [] },
  exchange: { values: [], types: [], never: [] },
  // Of spec-schema's values only the schemas of names and paths, which actions declare their parameters by.
  actions: { values: ['sandbox', 'store', 'spec-schema'], types: ['machines'], never: [] },
  supervisor: { values: ['spec-schema', 'machines', 'sandbox', 'store', 'exchange', 'actions'], types: [], never: [] },
  'index.ts': {
    values: ['spec-schema', 'machines', 'sandbox', 'store', 'exchange', 'actions', 'supervisor'],
    types: [],
    never: [],
  },
  cli: { values: ['index.ts', 'inspector', 'fleet'], types: [], never: [] },
  fleet: { values: ['index.ts'], types: [], never: [] },
  inspector: { values: ['index.ts'], types: [], never: [] },
  telemetry: { values: ['index.ts'], types: [], never: [] },
};

/** Which shipped folders alone know a package or built-in module. */
export const soleKnowers: Readonly<Record<string, readonly string[]>> = {
  yaml: ['spec-schema'],
  ajv: ['spec-schema'],
  xstate: ['machines', 'supervisor'],
  execa: ['sandbox'],
  'node:sqlite': ['store'],
  aws4fetch: ['exchange'],
  commander: ['cli'],
  '@opentelemetry/api': ['telemetry'],
  pg: ['fleet'],
  'pg-boss': ['fleet'],
};

/** What is loaded when it is asked for, and never before. */
const onDemandOnly = new Set(['inspector', 'fleet']);

/** Every import of `sources` that the rules forbid, as a sentence. */
export function forbiddenImports(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, imports }) => {
    const folder = folderOf(path);
    const rule = folderRules[folder];
    if (!rule) return [];
    return imports.flatMap((one) => {
      const reason = reasonAgainst(folder, rule, one);
      return reason ? [`${path} imports ${one.specifier}: ${reason}`] : [];
    });
  });
}

function reasonAgainst(
  folder: string,
  rule: FolderRule,
  { specifier, target, typesOnly, onDemand }: Import,
): string | undefined {
  if (rule.never.includes(target)) return `${folder} does without it`;
  if (!specifier.startsWith('.')) {
    const knowers = soleKnowers[target];
    return knowers && !knowers.includes(folder) ? `only ${knowers.join(' and ')} may know it` : undefined;
  }
  const other = folderOf(target);
  if (other === folder || other === 'errors.ts') return undefined;
  if (other === 'make-directory.ts' && !rule.never.includes('node:fs')) return undefined;
  if (onDemandOnly.has(other) && rule.values.includes(other) && !onDemand && !typesOnly)
    return `${other} is loaded on demand only`;
  if (rule.values.includes(other)) return undefined;
  if (!rule.types.includes(other)) return `${folder} may not know ${other}`;
  return typesOnly ? undefined : `${folder} may know only types of ${other}`;
}

/** A cycle of imports among `sources`, as the paths along it, or nothing. */
export function importCycle(sources: readonly Source[]): string[] | undefined {
  const importsByPath = new Map(sources.map(({ path, imports }) => [path, imports.map(({ target }) => target)]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const next of importsByPath.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const path of importsByPath.keys()) {
    const cycle = visit(path, []);
    if (cycle) return cycle;
  }
  return undefined;
}
