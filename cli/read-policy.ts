import { readFileSync } from 'node:fs';
import { ContractorError, formatProblems, parseBuildPolicy } from '../index.ts';
import type { BuildPolicy } from '../index.ts';

/** The policy in a file: a build has a whole one or does not begin. @throws POLICY_INVALID */
export function readPolicy(file: string): BuildPolicy {
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
  const result = parseBuildPolicy(text, file);
  if (result.type === 'parsed') return result.policy;
  throw new ContractorError(
    'POLICY_INVALID',
    `The policy has problems:\n${formatProblems(result.problems)}`,
    'Correct each; `contractor schema build-policy` prints its schema.',
  );
}
