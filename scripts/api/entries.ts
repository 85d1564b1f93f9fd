import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './public-surface.ts';

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

/** What programs can import of the package at `root`, as its package.json says: `./dist/index.d.ts` is made of `index.ts`. */
export function entriesOf(root: string): Entry[] {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  return Object.entries(exports).flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [{ specifier: join(name, path), file: target.types.replace(/^\.\/dist\/(.*)\.d\.ts$/, '$1.ts') }],
  );
}
