import type { Command } from 'commander';
import { ContractorError } from '../index.ts';
import type { Supervisor } from '../index.ts';
import type { Context } from './context.ts';
import { quotedForShell } from './text/quoted-for-shell.ts';

/** Opens the store that the command line and the environment name, for as long as `use` lasts. */
export async function withSupervisor<T>(
  { context, command }: { readonly context: Context; readonly command: Command },
  use: (supervisor: Supervisor) => Promise<T> | T,
): Promise<T> {
  const store = storeOption(command) ?? context.env['CONTRACTOR_STORE'];
  const supervisor = await context.createSupervisor(store ? { store } : {});
  try {
    return await use(supervisor);
  } finally {
    await supervisor.close();
  }
}

/** The database whose workers are meant; undefined: this host does it itself. @throws USAGE */
export function databaseOption(command: Command): string | undefined {
  const { database } = command.optsWithGlobals<{ database?: string }>();
  if (database !== undefined && (URL.parse(database)?.password ?? '') !== '') {
    throw new ContractorError(
      'USAGE',
      'There is a password in `--database`, where every user of this host can read it.',
      'Leave it out, and have it in ~/.pgpass (PGPASSFILE), or in PGPASSWORD.',
    );
  }
  return database;
}

/** How to call this program again on the same database, without its password. */
export function ownFleetCommand(name: string): string {
  return `contractor --database ${quotedForShell(name)}`;
}

/** How to call this program again on the same store, for the advice that it prints. */
export function ownCommand(command: Command): string {
  const store = storeOption(command);
  return store === undefined ? 'contractor' : `contractor --store ${quotedForShell(store)}`;
}

function storeOption(command: Command): string | undefined {
  const { store } = command.optsWithGlobals<{ store?: string | true }>();
  if (store !== true) return store;
  if (isAboutStore(command)) return undefined;
  throw new ContractorError('USAGE', '`--store` names no directory.', 'Write it behind: `--store DIR`.');
}

/** Whether `--store` was written, be it to name a directory or to ask for the store itself. */
export function namesStore(command: Command): boolean {
  return command.optsWithGlobals<{ store?: string | true }>().store !== undefined;
}

/** The one command that can be asked for the store without saying which. */
function isAboutStore(command: Command): boolean {
  return command.name() === 'doctor';
}
