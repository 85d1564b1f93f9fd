import type pg from 'pg';
import { ContractorError } from '../errors.ts';
import { connectionTo } from './connection.ts';
import { loadPackages } from './load-packages.ts';
import { tlsOptions } from './tls-options.ts';

/** What asks a database: the pool, or one connection in a transaction. */
export interface Queries {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A PostgreSQL that runs are shared over. */
export interface Database extends Queries {
  /** Its address without the password, for messages. */
  readonly name: string;
  /** All of `use`, or nothing. What `use` throws comes out, after a rollback. */
  transaction<T>(use: (queries: Queries) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Longer than a busy server needs; a server that is cut off says nothing at all. */
const ANSWER_MS = 30_000;
/** Who stops in the middle of a transaction, or is cut off, must not hold what others wait for. */
const IDLE_MS = 10_000;
const CONNECT_MS = 10_000;

/** Opens nothing yet: the first question connects. @throws USAGE where the address is none of PostgreSQL's */
export async function openDatabase(url: string): Promise<Database> {
  const { name, connectionString, tls } = connectionTo(url, process.env);
  const ssl = tls === undefined ? false : tlsOptions(tls);
  const { pg: packageOfPg } = await loadPackages();
  const pool = new packageOfPg.Pool({
    connectionString,
    ssl,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    idle_in_transaction_session_timeout: IDLE_MS,
    keepAlive: true,
    max: 8,
    application_name: 'contractor',
  });
  pool.on('error', ignored); // of an idle connection: the next question gets another
  const ask = async <Row extends object>(
    client: pg.Pool | pg.PoolClient,
    text: string,
    values: readonly unknown[] | undefined,
  ): Promise<Row[]> => {
    const result = await (values === undefined ? client.query<Row>(text) : client.query<Row>(text, [...values]));
    // Of several statements in one text there is a result each.
    return [result].flat().flatMap(({ rows }) => rows ?? []);
  };
  return {
    name,
    query: async (text, values) => await ask(pool, text, values),
    transaction: async (use) => {
      const client = await pool.connect();
      client.on('error', ignored); // The question that is under way fails too, and says it.
      let broken: Error | undefined;
      try {
        await client.query('begin');
        const result = await use({ query: async (text, values) => await ask(client, text, values) });
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch((failed: unknown) => {
          broken = failed instanceof Error ? failed : new Error(String(failed));
        });
        throw error;
      } finally {
        client.off('error', ignored);
        client.release(broken);
      }
    },
    close: async () => await pool.end(),
  };
}

const ignored = (): void => undefined;

/** Whether somebody else answered than who was asked for, or nobody who encrypts: nothing was sent. */
function isUnproven(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isUnproven);
  const code = 'code' in error ? String(error.code) : '';
  return UNPROVEN.test(code) || /^The server does not support SSL|SSL establishment/.test(error.message);
}

/** Node's, by X509_verify_cert_error_string(3) and of its TLS. */
const UNPROVEN =
  /^(ERR_TLS_\w+|ERR_SSL_\w+|EPROTO|CERT_\w+|CRL_\w+|UNABLE_TO_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|INVALID_\w+|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED|ERROR_IN_CERT_\w+)$/;

/** Whether an error says that the server cannot be talked to now, and may be later. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isAway);
  // Whoever is in between ends no worker.
  if (isUnproven(error)) return true;
  const code = 'code' in error ? String(error.code) : '';
  // The socket of a server on this host is not there as long as the server is not.
  if (code === 'ENOENT') return 'syscall' in error && error.syscall === 'connect';
  if (
    /^(08...|57P0[123]|53300|25P03|ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE)$/.test(code)
  ) {
    return true;
  }
  return /^Connection terminated|timeout exceeded when trying to connect|^Query read timeout|^Client has encountered/.test(
    error.message,
  );
}

/** Whether the same is to be asked again at once: two transactions were in each other's way. */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^40(001|P01)$/.test(String(error.code));
}

/** What is behind an error of the database, as a refusal; other errors as they are. */
export function databaseRefusal(error: unknown, name: string): unknown {
  if (error instanceof ContractorError) return error;
  const isSql = error instanceof Error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code));
  if (!isAway(error) && !isSql) return error;
  const said = error instanceof AggregateError ? String(error.errors[0]) : (error as Error).message;
  if (isUnproven(error)) {
    return new ContractorError(
      'DATABASE_UNUSABLE',
      `The database ${name} does not prove who it is, and nothing was sent to it: ${said}.`,
      'Check that it is who is meant, and has `ssl = on`. Name the certificate of its authority with `?sslrootcert=FILE`; docs/fleet.md has the rest.',
      { cause: error },
    );
  }
  return new ContractorError(
    'DATABASE_UNUSABLE',
    `The database ${name} ${isAway(error) ? 'cannot be reached' : 'refuses'}: ${said}.`,
    isAway(error)
      ? 'Check the address, and that the server runs and may be reached from here.'
      : 'Check the user, its password and its rights: docs/fleet.md has the SQL that grants them.',
    { cause: error },
  );
}
