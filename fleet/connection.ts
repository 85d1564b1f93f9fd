import { ContractorError } from '../errors.ts';

/** How a database is connected to. */
export interface Connection {
  /** What it is called in messages: the address without any password. */
  readonly name: string;
  /** For the driver, with what is to be encrypted said. */
  readonly connectionString: string;
}

/** What of the environment the driver reads, beside the password and its file. */
export interface ConnectionEnvironment {
  readonly PGHOST?: string | undefined;
  readonly PGSSLMODE?: string | undefined;
}

/** What the driver does with them. It takes each that demands encryption for the last, and we say so. */
const MODES: Readonly<Record<string, string>> = {
  disable: 'disable',
  'no-verify': 'no-verify',
  require: 'verify-full',
  'verify-ca': 'verify-full',
  'verify-full': 'verify-full',
};

/** What is not among them the driver would pass over, or understand in another way than libpq. */
const PARAMETERS = new Set(['host', 'port', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'application_name']);

/**
 * Reads an address of PostgreSQL. Pure. To another host it is encrypted, and the host has to prove who it is, unless the
 * address says otherwise: nothing falls back to what anybody on the way can read.
 *
 * @throws USAGE
 */
export function connectionTo(url: string, environment: ConnectionEnvironment): Connection {
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw refusal(
      '`--database` is no address of a PostgreSQL database.',
      'Write it as postgres://USER@HOST/DATABASE; a password is best in ~/.pgpass.',
    );
  }
  for (const name of parsed.searchParams.keys()) {
    if (PARAMETERS.has(name)) continue;
    throw refusal(
      `\`--database\` has a parameter that is not understood: \`${name.slice(0, 40)}\`.`,
      `Understood are ${[...PARAMETERS].join(', ')}. A password is best in ~/.pgpass.`,
    );
  }
  // Of a parameter that is there twice the driver would take another than we look at.
  for (const name of PARAMETERS) {
    if (parsed.searchParams.getAll(name).length > 1)
      throw refusal(`\`--database\` has \`${name}\` twice.`, 'Say it once.');
  }
  const host =
    parsed.searchParams.get('host') || decodeURIComponent(parsed.hostname) || environment.PGHOST || 'localhost';
  const isHere = host.startsWith('/') || /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
  const asked = parsed.searchParams.get('sslmode') ?? environment.PGSSLMODE;
  const isPlain = isHere && !['sslrootcert', 'sslcert', 'sslkey'].some((name) => parsed.searchParams.has(name));
  const mode = asked === undefined || asked === '' ? (isPlain ? 'disable' : 'verify-full') : MODES[asked];
  if (mode === undefined) {
    throw refusal(
      `The mode of encryption \`${String(asked).slice(0, 40)}\` is not understood, or may fall back to none.`,
      'Say `sslmode=verify-full`, or `sslmode=disable` for none at all.',
    );
  }
  const named = new URL(parsed);
  named.password = '';
  if (!host.startsWith('/')) parsed.searchParams.set('sslmode', mode);
  return { name: named.href, connectionString: parsed.href };
}

function refusal(message: string, mend: string): ContractorError {
  return new ContractorError('USAGE', message, mend);
}
