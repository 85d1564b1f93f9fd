import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isSpecificationName } from './specifications.ts';
import type { HookedSource } from './git-source.ts';

/** What a controller is told when it starts. */
export interface Settings {
  /** The directory of all that it keeps: the store and the specifications. */
  readonly data: string;
  readonly host: string;
  readonly port: number;
  /** Whoever knows it may do everything. */
  readonly token: string;
  /** By the name of the specification that each brings. */
  readonly hooks: ReadonlyMap<string, Hook>;
}

/** A specification that comes from a git repository whenever that tells of a push. */
export interface Hook extends HookedSource {
  /** Known to the git server too: it signs what it sends by it. */
  readonly secret: string;
}

const SHORTEST_SECRET = 24;

/** Reads a settings file. Secrets are in files of their own, beside it or elsewhere. @throws with what is wrong in it */
export function readSettings(file: string): Settings {
  const near = (path: string): string => resolve(dirname(file), path);
  const top = objectOf(JSON.parse(readFileSync(file, 'utf8')), 'the settings');
  assertKeys(top, ['data', 'host', 'port', 'tokenFile', 'hooks'], 'the settings');
  const port = top['port'] ?? 8787;
  if (!Number.isInteger(port) || Number(port) < 0 || Number(port) > 65_535) throw new Error('`port` is no port');
  const hooks = Object.entries(objectOf(top['hooks'] ?? {}, '`hooks`')).map(([name, value]): [string, Hook] => {
    if (!isSpecificationName(name)) throw new Error(`\`${name}\` in \`hooks\` is no name for a specification`);
    const where = `the hook \`${name}\``;
    const hook = objectOf(value, where);
    assertKeys(hook, ['repository', 'branch', 'path', 'secretFile'], where);
    const [repository, branch] = [wordOf(hook, 'repository', where), wordOf(hook, 'branch', where)];
    if (/^[-]|::/.test(repository)) throw new Error(`the repository of ${where} is no address`);
    if (!/^[\w][\w./+-]*$/.test(branch)) throw new Error(`the branch of ${where} is no name of a branch`);
    const secret = secretOf(near(wordOf(hook, 'secretFile', where)));
    return [name, { repository, branch, path: wordOf(hook, 'path', where), secret }];
  });
  return {
    data: dataDirectory(near(wordOf(top, 'data', 'the settings'))),
    host: top['host'] === undefined ? '127.0.0.1' : wordOf(top, 'host', 'the settings'),
    port: Number(port),
    token: secretOf(near(wordOf(top, 'tokenFile', 'the settings'))),
    hooks: new Map(hooks),
  };
}

/**
 * Makes the directory. Steps may copy from the directory of their specification and from the repository
 * around that, so there must be none: a specification that somebody pushed would read all of it.
 */
function dataDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const real = realpathSync(path);
  for (let at = real; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) throw new Error(`\`data\` lies in the git repository ${at}: put it elsewhere`);
    if (at === dirname(at)) return real;
  }
}

function secretOf(path: string): string {
  const secret = readFileSync(path, 'utf8').trim();
  if (secret.length < SHORTEST_SECRET) throw new Error(`${path} holds less than ${SHORTEST_SECRET} characters`);
  return secret;
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${what} are no JSON object`);
}

function wordOf(from: Readonly<Record<string, unknown>>, key: string, what: string): string {
  const word = from[key];
  if (typeof word === 'string' && word !== '') return word;
  throw new Error(`${what} lack \`${key}\``);
}

function assertKeys(from: Readonly<Record<string, unknown>>, known: readonly string[], what: string): void {
  const other = Object.keys(from).find((key) => !known.includes(key));
  if (other !== undefined) throw new Error(`${what} have \`${other}\`, which is not known`);
}
