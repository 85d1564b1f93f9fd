import { readModule } from './read-module.ts';
import type { Declaration, Module, NameInFile } from './read-module.ts';

/** One thing that users of the package see. */
export interface SurfaceItem extends Omit<Declaration, 'code'>, NameInFile {
  code: string;
  /** What it is exported as, and by which entries; of what is only part of the types of others: nothing. */
  readonly exportedBy: readonly string[];
  /** The items that its types are made of. */
  readonly uses: readonly SurfaceItem[];
}

/** An entry of the package: what programs import it by, and its source. */
export interface Entry {
  readonly specifier: string;
  readonly file: string;
}

/**
 * Everything that the entries export, in their order, and after it what that is made of and nobody
 * exports: a change of such a type is a change of the package all the same.
 */
export function publicSurface(root: string, entries: readonly Entry[]): readonly SurfaceItem[] {
  const modules = new Map<string, Module>();
  const moduleOf = (file: string): Module => {
    const module = modules.get(file) ?? readModule(root, file);
    modules.set(file, module);
    return module;
  };
  /** Where what a file exports under a name is declared. */
  const declaredAt = ({ file, name }: NameInFile): NameInFile => {
    const module = moduleOf(file);
    if (module.declarations.has(name)) return { file, name };
    const next = module.imports.get(name) ?? module.exports.get(name);
    if (next === undefined) throw new Error(`${file} declares no ${name}`);
    return declaredAt(next);
  };
  const items = new Map<string, SurfaceItem & { uses: SurfaceItem[]; exportedBy: string[] }>();
  const itemOf = (place: NameInFile): SurfaceItem & { exportedBy: string[] } => {
    const { file, name } = declaredAt(place);
    const key = `${file}#${name}`;
    const known = items.get(key);
    if (known !== undefined) return known;
    const module = moduleOf(file);
    const declaration = module.declarations.get(name) as Declaration;
    const item = { ...declaration, file, name, exportedBy: [] as string[], uses: [] as SurfaceItem[] };
    items.set(key, item);
    for (const mention of declaration.mentions) {
      const used = module.declarations.has(mention) ? { file, name: mention } : module.imports.get(mention);
      if (used !== undefined && mention !== name) item.uses.push(itemOf(used));
    }
    return item;
  };
  const exported = entries.flatMap(({ specifier, file }) =>
    [...moduleOf(file).exports].map(([name, place]) => {
      const item = itemOf(place);
      if (item.name !== name) throw new Error(`${file} exports ${item.name} under another name, ${name}`);
      item.exportedBy.push(specifier);
      return item;
    }),
  );
  return [...new Set([...exported, ...items.values()])];
}
