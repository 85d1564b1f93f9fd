import type { Argument, Command, Option } from 'commander';

/** What can stand where the cursor is. */
export type WordToComplete =
  | { readonly type: 'command'; readonly of: Command }
  | { readonly type: 'option'; readonly of: Command }
  | { readonly type: 'choice'; readonly choices: readonly string[] }
  /** Something that the name of its argument or option tells: `run`, `spec`, `directory`. */
  | { readonly type: 'named'; readonly name: string; readonly argumentsBefore: readonly string[] }
  | { readonly type: 'nothing' };

/** Reads `words`, those of a command line up to the cursor, and says what the last of them is to be. */
export function wordToComplete(program: Command, words: readonly string[]): WordToComplete {
  const last = words.at(-1) ?? '';
  let command = program;
  let argumentsBefore: string[] = [];
  let pending: Option | undefined;
  let onlyArguments = false;
  for (const word of words.slice(0, -1)) {
    if (pending !== undefined) {
      pending = undefined;
    } else if (onlyArguments || !word.startsWith('-') || word === '-') {
      const next = argumentsBefore.length === 0 ? subcommand(command, word) : undefined;
      if (next === undefined) argumentsBefore.push(word);
      else [command, argumentsBefore] = [next, []];
    } else if (word === '--') {
      onlyArguments = true;
    } else if (!word.includes('=')) {
      const option = optionsOf(command).find(({ short, long }) => word === short || word === long);
      if (option?.required || option?.optional) pending = option;
    }
  }
  if (pending !== undefined) return valueOf(pending);
  if (!onlyArguments && last.startsWith('--') && last.includes('=')) {
    const option = optionsOf(command).find(({ long }) => last.startsWith(`${long}=`));
    return option === undefined ? { type: 'nothing' } : valueOf(option);
  }
  if (!onlyArguments && last.startsWith('-')) return { type: 'option', of: command };
  if (command.commands.length > 0 && argumentsBefore.length === 0) return { type: 'command', of: command };
  const argument = argumentAt(command, argumentsBefore.length);
  if (argument === undefined) return { type: 'nothing' };
  return argument.argChoices === undefined
    ? { type: 'named', name: argument.name(), argumentsBefore }
    : { type: 'choice', choices: argument.argChoices };
}

/** The options that may stand after `command`: its own and the global ones. */
export function optionsOf(command: Command): readonly Option[] {
  const help = command.createHelp();
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}

/** The commands that may stand after `command`. */
export function commandsOf(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command);
}

function subcommand(command: Command, word: string): Command | undefined {
  return commandsOf(command).find((one) => one.name() === word || one.aliases().includes(word));
}

function argumentAt(command: Command, place: number): Argument | undefined {
  const all = command.registeredArguments;
  const last = all.at(-1);
  return all[place] ?? (last?.variadic ? last : undefined);
}

function valueOf(option: Option): WordToComplete {
  if (option.argChoices !== undefined) return { type: 'choice', choices: option.argChoices };
  const name = /[<[](.+)[>\]]/.exec(option.flags)?.[1] ?? '';
  return { type: 'named', name, argumentsBefore: [] };
}
