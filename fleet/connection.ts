import { ContractorError } from '../errors.ts';

/** How a database is connected to. */
export interface Connection {
  /** What it is called in messages: the address without any password. */
  readonly name: string;
  /** For the driver, without what is said of encryption: that is {@link tls}. */
  readonly connectionString: string;
  /** Undefined: nothing is encrypted. */
  readonly tls: TlsDemand | undefined;
}

/** What is asked of a connection that is encrypted. */
export interface TlsDemand {
  /** `host`: the certificate is of this host and by an authority that is trusted. `authority`: by one. `none`: by anybody. */
  readonly verify: 'host' | 'authority' | 'none';
  readonly host: string;
  /** Files, by the names that they have in an address. */
  readonly files: Readonly<Partial<Record<TlsFile, string>>>;
}

/** A file that an address may name: certificates that are trusted, and the client's own with its key. */
export type TlsFile = 'sslrootcert' | 'sslcert' | 'sslkey';

/** What of the environment is read; the password and its file are the driver's. */
export type ConnectionEnvironment = Readonly<
  Partial<Record<'PGHOST' | 'PGSSLMODE' | 'PGSSLROOTCERT' | 'PGSSLCERT' | 'PGSSLKEY', string | undefined>>
>;

/** `require` of libpq takes any certificate, and so anybody on the way: whoever wants that has to say it by its name. */
const MODES: Readonly<Record<string, TlsDemand['verify'] | 'plain'>> = {
  disable: 'plain',
  'no-verify': 'none',
  'verify-ca': 'authority',
  require: 'host',
  'verify-full': 'host',
};

const FILES: readonly (readonly [TlsFile, 'PGSSLROOTCERT' | 'PGSSLCERT' | 'PGSSLKEY'])[] = [
  ['sslrootcert', 'PGSSLROOTCERT'],
  ['sslcert', 'PGSSLCERT'],
  ['sslkey', 'PGSSLKEY'],
];

/** What is not among them the driver would pass over, or understand in another way than libpq. */
const PARAMETERS = new Set(['host', 'port', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'application_name']);

/**
 * Reads an address of PostgreSQL. Pure. To another host it is encrypted, and the host has to prove who it is, unless the
 * address says otherwise: nothing falls back to what anybody on the way can read.
 *
 * @throws USAGE
 */
export function connectionTo(url: string, environment: ConnectionEnvironment): Connection {
  const parsed = addressOf(url);
  const host =
    parsed.searchParams.get('host') || decodeURIComponent(parsed.hostname) || environment.PGHOST || 'localhost';
  const named = new URL(parsed);
  named.password = '';
  const tls = host.startsWith('/') ? undefined : tlsDemand(parsed, host, environment);
  for (const [name] of FILES) parsed.searchParams.delete(name);
  parsed.searchParams.delete('sslmode');
  return { name: named.href, connectionString: parsed.href, tls };
}

function addressOf(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol) || !isDecodable(parsed.hostname)) {
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
  return parsed;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Sockets of this host need none, whatever is said: as with libpq. */
function tlsDemand(parsed: URL, host: string, environment: ConnectionEnvironment): TlsDemand | undefined {
  const files: Partial<Record<TlsFile, string>> = {};
  for (const [name, variable] of FILES) {
    const file = parsed.searchParams.get(name) || environment[variable];
    if (file) files[name] = file;
  }
  const isHere = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
  const asked = parsed.searchParams.get('sslmode') || environment.PGSSLMODE;
  const byDefault = isHere && Object.keys(files).length === 0 ? 'plain' : 'host';
  const verify = asked ? MODES[asked] : byDefault;
  if (verify === undefined) {
    throw refusal(
      `The mode of encryption \`${String(asked).slice(0, 40)}\` is not understood, or may fall back to none.`,
      'Say `sslmode=verify-full`, or `sslmode=disable` for none at all.',
    );
  }
  if (verify === 'authority' && files.sslrootcert === undefined) {
    throw refusal(
      '`sslmode=verify-ca` without `sslrootcert` would take any host that a public authority knows.',
      'Name the certificate of your authority with `sslrootcert=FILE`, or say `sslmode=verify-full`.',
    );
  }
  if ((files.sslcert === undefined) !== (files.sslkey === undefined)) {
    throw refusal(
      '`sslcert` and `sslkey` belong together: one of them is missing.',
      'Name the certificate and its key.',
    );
  }
  return verify === 'plain' ? undefined : { verify, host: host.replace(/^\[(.*)\]$/, '$1'), files };
}

function refusal(message: string, mend: string): ContractorError {
  return new ContractorError('USAGE', message, mend);
}
