#!/usr/bin/env node
import { versionText } from './version.ts';

const [first, ...rest] = process.argv.slice(2);

// The commonest question of scripts is not worth loading a parser of command lines for.
if ((first === '--version' || first === '-V') && rest.length === 0) {
  process.stdout.write(`${versionText()}\n`);
} else {
  const [{ runCommandLine }, { processContext }] = await Promise.all([
    import('./command-line.ts'),
    import('./process-context.ts'),
  ]);
  process.exitCode = await runCommandLine(process.argv.slice(2), processContext());
}
