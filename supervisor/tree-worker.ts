import { fileURLToPath } from 'node:url';
import type { Progress } from '../actions/action.ts';
import { ContractorError, ERROR_CODES } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import { runInIdMap } from '../sandbox/run-in-id-map.ts';
import type { MappedCommand } from '../sandbox/run-in-id-map.ts';
import type { TreeJob, TreeJobResults, TreeWorkerLine } from '../store/trees/tree-job.ts';

/** Where and as whom the store's tree worker runs. */
export interface TreeWorkerPlace {
  readonly trees: string;
  readonly idMap: IdMap;
}

/**
 * Has the store's worker do a job on trees: another Node process, root of the id
 * map, so that whatever is in the trees meets no power over the host, and hashing
 * does not block this process.
 */
export async function runTreeJob<Type extends TreeJob['type']>(
  job: Extract<TreeJob, { type: Type }>,
  { trees, idMap }: TreeWorkerPlace,
  options: {
    readonly overlays?: MappedCommand['overlays'];
    readonly onProgress?: (progress: Progress) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<TreeJobResults[Type]> {
  const { overlays, onProgress, signal } = options;
  const answers: Exclude<TreeWorkerLine, { progress: unknown }>[] = [];
  const { exitCode, stderr } = await runInIdMap({
    trees,
    idMap,
    ...(overlays === undefined ? {} : { overlays }),
    ...(signal === undefined ? {} : { signal }),
    command: [process.execPath, '--disable-warning=ExperimentalWarning', WORKER_PROGRAM],
    takesRootItself: true,
    input: JSON.stringify(job),
    onLine: (line) => {
      const answer = JSON.parse(line) as TreeWorkerLine;
      if ('progress' in answer) onProgress?.({ label: `${answer.progress.files} files` });
      else answers.push(answer);
    },
  });
  signal?.throwIfAborted();
  const [answer] = answers;
  if (answer === undefined) {
    throw new ContractorError(
      'SANDBOX_FAILED',
      `The worker for file trees ended with status ${exitCode}: ${stderr.trim().slice(-500)}`,
      /Permission denied|EACCES|MODULE_NOT_FOUND/.test(stderr)
        ? `It runs as an id that is nobody on this host: let everybody read Node (${process.execPath}) and contractor (${WORKER_PROGRAM}), also the directories on the way.`
        : 'Run `contractor doctor`, then `contractor resume`.',
    );
  }
  if ('error' in answer) throw refusal(answer.error);
  return answer.result as TreeJobResults[Type];
}

function refusal({ code, message, mend }: Extract<TreeWorkerLine, { error: unknown }>['error']): Error {
  const known = ERROR_CODES.find((each): each is ErrorCode => each === code);
  if (known === undefined) return new Error(`tree worker: ${code}: ${message}`);
  return new ContractorError(known, message, mend ?? 'Run `contractor doctor`.');
}

// Type stripping runs the sources, the packed package the compiled program beside this one.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const WORKER_PROGRAM = fileURLToPath(new URL(`../store/tree-worker.${extension}`, import.meta.url));
