/**
 * The process that works on trees: one job in, as JSON on standard input, one
 * answer out, as a line of JSON (see `TreeWorkerLine`), after lines of progress. Its working
 * directory is the `trees` of a store. Exit status 0 with a result, 1 with an error.
 *
 * It runs inside the user namespace that maps the owners of the trees, where it
 * is root and so may read, link and remove all that a build has left, while
 * outside it can do nothing that the owners of the trees could not.
 */
import { text } from 'node:stream/consumers';
import { ContractorError, diskRefusalOf } from '../errors.ts';
import { rarely } from './trees/progress.ts';
import { doTreeJob } from './trees/tree-job.ts';
import type { TreeJob, TreeWorkerLine } from './trees/tree-job.ts';

// Started by the host's root it enters the namespace as an id that is not mapped: root's own files
// (this program, Node's libraries) stay readable so. All modules are loaded now; from here on it is
// root of the namespace, and of nothing else.
if (process.getuid?.() !== 0) {
  process.setgroups?.([]);
  process.setgid?.(0);
  process.setuid?.(0);
}

function write(line: TreeWorkerLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function errorLine(error: unknown): TreeWorkerLine {
  const refusal = error instanceof ContractorError ? error : diskRefusalOf(error);
  if (refusal !== undefined) {
    return { error: { code: refusal.code, message: refusal.message, mend: refusal.mend } };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { error: { code: 'BUG', message } };
}

try {
  const job = JSON.parse(await text(process.stdin)) as TreeJob;
  const onProgress = rarely((progress) => write({ progress }));
  write({ result: doTreeJob(job, { trees: '.', onProgress }) });
} catch (error) {
  write(errorLine(error));
  process.exitCode = 1;
}
