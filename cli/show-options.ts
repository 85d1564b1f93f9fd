import { InvalidArgumentError, Option, type Command } from 'commander';
import type { FaceChoice } from './progress/choose-face.ts';

/** The options of the commands that show a build. */
export interface ShowOptions extends FaceChoice {
  readonly jobs?: number;
  readonly inspect?: string;
}

/** Adds {@link ShowOptions} to `command`. */
export function addShowOptions(command: Command): Command {
  return command
    .option('-j, --jobs <number>', 'how many projects run at once (default: the number of processors)', positiveNumber)
    .addOption(
      new Option(
        '--progress <how>',
        'how to show it (default: tree on a terminal, else plain); json: one event a line; json-seq: RFC 7464',
      ).choices(['tree', 'plain', 'json', 'json-seq']),
    )
    .option('--json', 'the same as --progress json: one event a line')
    .option('-q, --quiet', 'say nothing but what fails')
    .option(
      '--inspect <url>',
      'send what the machines do to an inspector of XState, as `contractor inspect` is one: ws://…',
    );
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number, from 1 on.');
  }
  return value;
}

export function portNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 65_535) {
    throw new InvalidArgumentError('It must be a port: a whole number from 1 to 65535.');
  }
  return value;
}
