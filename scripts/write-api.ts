/**
 * Writes the API reference, docs/api/, from what the package in the working directory exports; with `--check`
 * it writes nothing, and fails where the pages are not what it would write.
 */
import { staleness, writeReference } from './api/reference.ts';

if (process.argv.includes('--check')) {
  const patches = await staleness(process.cwd());
  if (patches.length > 0) {
    console.error(patches.join('\n'));
    console.error('What the package exports is not what docs/api/ says. If that is meant: `npm run api`.');
    process.exitCode = 1;
  }
} else await writeReference(process.cwd());
