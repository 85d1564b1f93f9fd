import { RELATIVE_PATH_PATTERN } from '../../spec-schema/names.ts';

const PATH = new RegExp(RELATIVE_PATH_PATTERN, 'u');

/** What keeps a value from being an {@link OwnResult}; undefined when nothing does. Nothing but JSON and bytes gets through. */
export function resultFault(value: unknown): string | undefined {
  if (!isRecord(value))
    return `it is ${value === null ? 'null' : `of type ${Array.isArray(value) ? 'array' : typeof value}`}`;
  return 'failed' in value ? failureFault(value) : successFault(value);
}

function failureFault({ failed, hint = '', temporary = true, ...more }: Record<string, unknown>): string | undefined {
  const [key] = Object.keys(more);
  if (key !== undefined) return `a failure has no \`${key}\``;
  if (typeof failed !== 'string' || failed === '') return '`failed` is no text';
  if (typeof hint !== 'string') return '`hint` is no text';
  return temporary === true ? undefined : '`temporary` is not `true`';
}

function successFault({ files = {}, resolved = [], ...more }: Record<string, unknown>): string | undefined {
  const [key] = Object.keys(more);
  if (key !== undefined) return `there is no \`${key}\``;
  if (!isRecord(files)) return '`files` is no object';
  for (const [path, content] of Object.entries(files)) {
    const isPath = PATH.test(path) && path.split('/').every((part) => part !== '' && part !== '.');
    if (!isPath) return `\`files\` has \`${path.slice(0, 100)}\`, which is no path of a file in the workspace`;
    if (typeof content !== 'string' && !(content instanceof Uint8Array)) return `\`${path}\` is neither text nor bytes`;
    const file = directoriesOf(path).find((directory) => Object.hasOwn(files, directory));
    if (file !== undefined) return `\`${file}\` is a file and a directory`;
  }
  if (!Array.isArray(resolved) || !resolved.every(isInput)) return '`resolved` has what is no resource descriptor';
  return undefined;
}

function directoriesOf(path: string): string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));
}

function isInput(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { uri, digest = {}, annotations = {}, ...more } = value;
  return typeof uri === 'string' && isTexts(digest) && isTexts(annotations) && Object.keys(more).length === 0;
}

function isTexts(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((each) => typeof each === 'string');
}

/** Of the plain kind: what has a class would be another thing as JSON. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
