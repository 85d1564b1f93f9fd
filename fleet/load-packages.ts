import type pg from 'pg';
import type { PgBoss } from 'pg-boss';
import { ContractorError } from '../errors.ts';

/**
 * The two packages that a build on one machine does without: they are installed by who wants workers.
 *
 * @throws USAGE where they are not
 */
export async function loadPackages(): Promise<{
  readonly pg: typeof pg;
  readonly PgBoss: typeof PgBoss;
}> {
  try {
    const [forPostgres, forQueues] = await Promise.all([import('pg'), import('pg-boss')]);
    return { pg: forPostgres.default, PgBoss: forQueues.PgBoss };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new ContractorError(
      'USAGE',
      '`--database` needs the packages `pg` and `pg-boss`, which are not installed beside contractor.',
      'Install them where contractor is: `npm install pg pg-boss`, or `npm install --global pg pg-boss`.',
      { cause: error },
    );
  }
}
