import type { Command } from 'commander';
import type { Supervisor } from '../index.ts';
import type { Context } from './context.ts';

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

/** How to call this program again on the same store, for the advice that it prints. */
export function ownCommand(command: Command): string {
  const store = storeOption(command);
  return store === undefined ? 'contractor' : `contractor --store ${quotedForShell(store)}`;
}

function storeOption(command: Command): string | undefined {
  return command.optsWithGlobals<{ store?: string }>().store;
}

function quotedForShell(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
