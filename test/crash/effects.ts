import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { StatementSync } from 'node:sqlite';

/** Hears of each effect that this process has on the world, right before and right after it. */
export type EffectListener = (effect: string, when: 'before' | 'after') => void;

/** Another command in place of the one that is about to be started. */
export type CommandChange = (program: string, argv: readonly string[]) => [string, readonly string[]];

/**
 * Watches what this process does to the world, by taking the place of the
 * built-in functions that do it. An effect says of itself, in one text:
 *
 *     commit STATEMENT [PARAMETERS] …     everything that the transaction changes
 *     start PROGRAM ARGUMENT …
 *     say LINE                            to a keeper
 *     rename FROM TO      remove PATH
 */
export function watchEffects(
  listener: EffectListener,
  change: CommandChange = (program, argv) => [program, argv],
): void {
  watchDatabase(listener);
  const around = <Result>(effect: string, action: () => Result): Result => {
    listener(effect, 'before');
    const result = action();
    listener(effect, 'after');
    return result;
  };
  const { renameSync, rmSync, unlinkSync } = fs;
  fs.renameSync = (from, to) => around(`rename ${String(from)} ${String(to)}`, () => renameSync(from, to));
  fs.rmSync = (path, options) => around(`remove ${String(path)}`, () => rmSync(path, options));
  fs.unlinkSync = (path) => around(`remove ${String(path)}`, () => unlinkSync(path));
  const { spawn } = childProcess;
  const watchedSpawn = (program: string, argv: readonly string[], options: childProcess.SpawnOptions): unknown => {
    const [changed, changedArgv] = change(program, argv);
    return around(`start ${[program, ...argv].join(' ')}`, () => spawn(changed, changedArgv, options));
  };
  Object.assign(childProcess, { spawn: watchedSpawn });
  // A method that is taken from its prototype is called with `this` again.
  const write = Socket.prototype.write as (this: Socket, ...rest: unknown[]) => boolean;
  Socket.prototype.write = function watched(this: Socket, ...rest: unknown[]): boolean {
    const [text] = rest;
    if (typeof text !== 'string' || !/^(run|quit|cancel)\b/.test(text)) return write.apply(this, rest);
    return around(`say ${text}`, () => write.apply(this, rest));
  };
  syncBuiltinESMExports();
}

function watchDatabase(listener: EffectListener): void {
  /** What the transaction that is open has changed. */
  let changes: string[] | undefined;
  const watched = (method: 'run' | 'all'): void => {
    const original = StatementSync.prototype[method] as (this: StatementSync, ...parameters: unknown[]) => unknown;
    const replacement = function watchedStatement(this: StatementSync, ...parameters: unknown[]): unknown {
      const call = (): unknown => original.apply(this, parameters);
      const sql = this.sourceSQL.replaceAll(/\s+/g, ' ');
      if (sql.startsWith('BEGIN')) changes = [];
      const change = `${sql} ${JSON.stringify(parameters).replaceAll('\\"', '"')}`;
      if (/^(INSERT|UPDATE|DELETE)/.test(sql)) {
        if (changes !== undefined) changes.push(change);
        else return aroundCommit([change], call);
      }
      if (sql !== 'COMMIT') return call();
      const made = changes ?? [];
      changes = undefined;
      return made.length === 0 ? call() : aroundCommit(made, call);
    };
    Object.assign(StatementSync.prototype, { [method]: replacement });
  };
  const aroundCommit = (made: readonly string[], call: () => unknown): unknown => {
    const effect = `commit ${made.join(' ')}`;
    listener(effect, 'before');
    const result = call();
    listener(effect, 'after');
    return result;
  };
  watched('run');
  watched('all');
}
