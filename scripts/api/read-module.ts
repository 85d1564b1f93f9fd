import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { isolatedDeclarationSync } from 'rolldown/experimental';
import { parseSync } from 'rolldown/utils';

/** What a module says to others: its declarations, and where the names come from that it takes from elsewhere. */
export interface Module {
  /** By their name in the module, those that are not exported too. */
  readonly declarations: ReadonlyMap<string, Declaration>;
  /** What stands behind a name that is imported: of which file of the checkout, under which name there. */
  readonly imports: ReadonlyMap<string, NameInFile>;
  /** What is exported, by its name outside, in the order of the text. */
  readonly exports: ReadonlyMap<string, NameInFile>;
}

export interface Declaration {
  readonly kind: 'class' | 'constant' | 'function' | 'type';
  /** The words of its docstring; empty without one. */
  readonly doc: string;
  /** Without docstring and bodies. What stands within it has its own comments still. */
  readonly code: string;
  /** Every name that its types are made of, type parameters and globals among them. */
  readonly mentions: ReadonlySet<string>;
}

export interface NameInFile {
  readonly file: string;
  readonly name: string;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const KINDS: Readonly<Record<string, Declaration['kind']>> = {
  ClassDeclaration: 'class',
  TSDeclareFunction: 'function',
  TSInterfaceDeclaration: 'type',
  TSTypeAliasDeclaration: 'type',
  VariableDeclaration: 'constant',
};

/**
 * The module `file` of the checkout at `root`, as its users see it.
 *
 * `isolatedDeclarations` has every exported thing say its type, so the declarations of one
 * file can be had from it alone, in a millisecond. Of interfaces and types the source itself is
 * shown, as what makes declarations drops the comments within unions.
 */
export function readModule(root: string, file: string): Module {
  const source = readFileSync(join(root, file), 'utf8');
  const { code, errors } = isolatedDeclarationSync(file, source, {});
  if (errors.length > 0) throw new Error(`${file}: ${errors.map(({ message }) => message).join('; ')}`);
  const verbatim = new Map(
    statements(source, 'ts').flatMap(({ node }) => {
      const text = source.slice(node.start, node.end);
      return KINDS[node.type] === 'type' ? [[nameOf(node), text] as const] : [];
    }),
  );
  const declarations = new Map<string, Declaration>();
  const imports = new Map<string, NameInFile>();
  const exports = new Map<string, NameInFile>();
  for (const { node, doc, isExported } of statements(code, 'dts')) {
    const kind = KINDS[node.type];
    if (node.type === 'ImportDeclaration') {
      const target = fileOf(file, node['source']);
      if (target === undefined) continue;
      for (const each of nodesIn(node['specifiers']))
        imports.set(wordOf(each['local']), nameFrom(target, each['imported']));
    } else if (node.type === 'ExportNamedDeclaration') {
      const target = fileOf(file, node['source']) ?? file;
      for (const each of nodesIn(node['specifiers']))
        exports.set(wordOf(each['exported']), nameFrom(target, each['local']));
    } else if (kind !== undefined) {
      const name = nameOf(node);
      const text = verbatim.get(name) ?? code.slice(node.start, node.end).replace(/^declare /, '');
      const before = declarations.get(name); // an overload of a function
      const mentions = new Set([...(before?.mentions ?? []), ...mentionedBy(node)]);
      declarations.set(name, {
        kind,
        doc: before?.doc || doc,
        code: before === undefined ? text : `${before.code}\n${text}`,
        mentions,
      });
      if (isExported) exports.set(name, { file, name });
    }
  }
  return { declarations, imports, exports };
}

/** The statements of a text with what they declare, and the docstring right before each. */
function statements(text: string, lang: 'dts' | 'ts'): { node: Node; doc: string; isExported: boolean }[] {
  const { program, comments, errors } = parseSync(`module.${lang === 'dts' ? 'd.ts' : 'ts'}`, text, { lang });
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
  return (program.body as unknown as Node[]).map((outer) => {
    const inner = outer['declaration'] as Node | null | undefined;
    const before = comments.findLast(({ end }) => end <= outer.start);
    const isDoc =
      before?.value.startsWith('*') === true && /^[ \t]*\n?[ \t]*$/.test(text.slice(before.end, outer.start));
    return {
      node: inner ?? outer,
      doc: isDoc ? wordsOf(before.value) : '',
      isExported: inner !== null && inner !== undefined,
    };
  });
}

/** The words of a comment, given without its `/*` and its end. */
const wordsOf = (comment: string): string =>
  comment
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();

function nameOf(node: Node): string {
  const [first] = node.type === 'VariableDeclaration' ? nodesIn(node['declarations']) : [node];
  return wordOf(first?.['id']);
}

const nodesIn = (value: unknown): readonly Node[] => value as readonly Node[];

function wordOf(value: unknown): string {
  const { name, value: text } = value as { readonly name?: string; readonly value?: string };
  return name ?? text ?? '';
}

const nameFrom = (file: string, imported: unknown): NameInFile => ({ file, name: wordOf(imported) });

/** The file of the checkout that a module names; nothing for a package. */
function fileOf(from: string, source: unknown): string | undefined {
  const specifier = source === null || source === undefined ? '' : wordOf(source);
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined;
}

function* mentionedBy(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const each of value) yield* mentionedBy(each);
  if (typeof value !== 'object' || value === null) return;
  const { type, name } = value as { readonly type?: string; readonly name?: unknown };
  if (type === 'Identifier' && typeof name === 'string') yield name;
  for (const each of Object.values(value)) yield* mentionedBy(each);
}
