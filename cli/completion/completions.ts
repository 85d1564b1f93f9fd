import type { Command } from 'commander';
import { commandsOf, optionsOf, wordToComplete } from './word-to-complete.ts';

/** One word that can stand there, with what it means. Or `:files` and `:directories`, which the shell knows best. */
export interface Completion {
  readonly word: string;
  readonly description?: string;
}

/** What of a store and a specification can be named on a command line. Asked only when it is needed. */
export interface Nameable {
  runs(): Promise<readonly Completion[]>;
  /** The projects of a run, `run:project:`, or the steps of a project, `run:project:step`. */
  steps(reference: string): Promise<readonly Completion[]>;
  artifacts(): Promise<readonly Completion[]>;
  projects(spec: string | undefined): Promise<readonly Completion[]>;
}

/** Every word that can stand at the end of `words`, those of a command line up to the cursor. */
export async function completions(
  program: Command,
  words: readonly string[],
  nameable: Nameable,
): Promise<readonly Completion[]> {
  const last = words.at(-1) ?? '';
  // `--progress=pl` is one word to us, and its beginning belongs to each answer.
  const [, before = '', begun = last] = /^(--[\w-]+=)(.*)$/.exec(last) ?? [];
  const found = await candidates(program, words, nameable);
  return found
    .filter(({ word }) => word.startsWith(':') || word.startsWith(begun))
    .map((one) => (one.word.startsWith(':') ? one : { ...one, word: `${before}${one.word}` }));
}

async function candidates(
  program: Command,
  words: readonly string[],
  nameable: Nameable,
): Promise<readonly Completion[]> {
  const wanted = wordToComplete(program, words);
  switch (wanted.type) {
    case 'command':
      return commandsOf(wanted.of).map((command) => ({ word: command.name(), description: command.summary() }));
    case 'option':
      return optionsOf(wanted.of).map(({ long, short, description }) => ({ word: long ?? short ?? '', description }));
    case 'choice':
      return wanted.choices.map((word) => ({ word }));
    case 'named':
      return named(wanted, words.at(-1) ?? '', { program, nameable });
    case 'nothing':
      return [];
  }
}

async function named(
  { name, argumentsBefore }: { readonly name: string; readonly argumentsBefore: readonly string[] },
  last: string,
  { program, nameable }: { program: Command; nameable: Nameable },
): Promise<readonly Completion[]> {
  switch (name) {
    case 'command':
      return commandsOf(program).map((command) => ({ word: command.name(), description: command.summary() }));
    case 'run':
      return nameable.runs();
    case 'step':
    case 'other':
      // A run alone names a step as well; with its colon, more can follow.
      return last.includes(':')
        ? nameable.steps(last)
        : (await nameable.runs()).map(({ word }) => ({ word: `${word}:` }));
    case 'artifact':
    case 'name':
    case 'a':
    case 'b':
      return nameable.artifacts();
    case 'project':
      return nameable.projects(argumentsBefore[0]);
    case 'spec':
    case 'path':
      return [{ word: ':files' }];
    case 'directory':
      return [{ word: ':directories' }];
    default:
      return [];
  }
}
