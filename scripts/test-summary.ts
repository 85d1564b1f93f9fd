/**
 * Adds up the JSON reports of all vitest runs and prints the closing line.
 *
 * A skipped test is never silent: each is named with its run, and with CI=true
 * the exit status is 1. The one exception: a test whose name says `as root` or
 * `as an ordinary user` is not meant for the other, who may skip it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is read of one report of vitest's `json` reporter. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** One run: its report, and who ran it. */
export interface Run {
  readonly name: string;
  readonly as: 'root' | 'user';
  readonly report: Report;
}

/** The sum over all runs. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  /** Each skipped test that should have run, with the name of its run. */
  readonly skipped: readonly string[];
  /** How often a test was left out because it is meant for the other kind of user. */
  readonly forOthers: number;
}

/** Sums up `runs`. A file that fails before its first test counts as one failure. */
export function summaryOf(runs: readonly Run[]): Summary {
  let [passed, failed, forOthers] = [0, 0, 0];
  const skipped: string[] = [];
  for (const run of runs) {
    const others = run.as === 'root' ? 'as an ordinary user' : 'as root';
    for (const file of run.report.testResults) {
      const before = failed;
      for (const { fullName, status } of file.assertionResults) {
        if (status === 'passed') passed += 1;
        else if (status === 'failed') failed += 1;
        else if (fullName.includes(others)) forOthers += 1;
        else skipped.push(`${fullName.trim()} (${run.name})`);
      }
      if (file.status === 'failed' && failed === before) failed += 1;
    }
  }
  return { passed, failed, skipped, forOthers };
}

function readRuns(directory: string): Run[] {
  return readdirSync(directory)
    .toSorted()
    .map((file) => ({
      name: file.replace('.json', ''),
      as: file.startsWith('root-') ? 'root' : 'user',
      report: JSON.parse(readFileSync(join(directory, file), 'utf8')) as Report,
    }));
}

function main(directory: string): void {
  const { passed, failed, skipped, forOthers } = summaryOf(readRuns(directory));
  if (forOthers > 0) console.log(`Left out on purpose, being meant for the other kind of user: ${forOthers}.`);
  if (skipped.length > 0) {
    console.log(`SKIPPED, so nothing is known about them:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
    if (process.env['CI'] === 'true') {
      console.log('With CI=true nothing may be skipped.');
      process.exitCode = 1;
    }
  }
  if (failed > 0) process.exitCode = 1;
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
}

if (import.meta.main) {
  main(process.argv[2] ?? '.');
}
