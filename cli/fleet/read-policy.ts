import { readFileSync } from 'node:fs';
import { ContractorError, formatProblems, parseWorkerPolicy } from '../../index.ts';
import type { WorkerPolicy } from '../../index.ts';

/** The policy in a file: a worker begins with a whole one or not at all. @throws POLICY_INVALID */
export function readPolicy(file: string): WorkerPolicy {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ContractorError(
      'POLICY_INVALID',
      `The policy \`${file}\` cannot be read: ${(cause as Error).message}.`,
      'Name a file that this user may read.',
      { cause },
    );
  }
  const result = parseWorkerPolicy(text, file);
  if (result.type === 'parsed') return result.policy;
  throw new ContractorError(
    'POLICY_INVALID',
    `The policy has problems:\n${formatProblems(result.problems)}`,
    'Correct each; `contractor schema worker-policy` prints its schema.',
  );
}
