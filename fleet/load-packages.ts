import { ContractorError } from '../errors.ts';

/**
 * The two packages that a build on one machine does without: they are installed by who wants workers.
 *
 * @throws USAGE where they are not
 */
export async function loadPackages(): Promise<{
  readonly pg: typeof import('pg').default;
  readonly PgBoss: typeof import('pg-boss').PgBoss;
}> {
  try {
    const [{ default: pg }, { PgBoss }] = await Promise.all([import('pg'), import('pg-boss')]);
    return { pg, PgBoss };
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
