/**
 * Whether the end of apt's, mmdebstrap's or debootstrap's log shows a failure
 * that a later attempt may not meet: of the network, of an overloaded server, of
 * a mirror that is just being updated. One definite failure among them decides:
 * the next attempt would meet it too.
 *
 * What apt tried again and then got is on lines of `Ign:`, so only its errors
 * count. debootstrap does not say itself why a download failed: the last that
 * wget said does, or that what came was corrupt.
 */
export function isTemporaryOfBootstrap(log: string): boolean {
  const lines = log.split(/[\r\n]+/);
  const errors = lines.filter((line) => /^(E|dpkg): /.test(line));
  const corrupt = lines.filter((line) => /^W: .* was corrupt$/.test(line));
  const ofWget = lines.filter((line) => /ERROR \d{3}: |\.\.\. failed: |^wget: unable to resolve/.test(line));
  return isTemporary([...errors, ...(corrupt.length > 0 ? corrupt : ofWget.slice(-1))], {
    temporary:
      /hash sum mismatch|file has unexpected size|was corrupt$|error reading from server|remote end closed|connection failed/i,
    definite:
      /not signed|signature|NO_PUBKEY|keyring|unable to locate package|no installation candidate|couldn't find these debs|unmet dependencies|expired|not valid yet|^dpkg: |dpkg returned an error/i,
  });
}

/**
 * The same of git. It fetches by one ref first and everything second, and only
 * the first may have met the network: that the ref is then missing is no answer.
 */
export function isTemporaryOfGit(log: string): boolean {
  const errors = log.split(/[\r\n]+/).filter((line) => /^(fatal|error|fetch-pack): /.test(line));
  return isTemporary(errors, {
    temporary:
      /RPC failed|early EOF|unexpected disconnect|remote end hung up|empty reply from server|transfer closed with|bytes of body are still expected/i,
    definite: /could not read (username|password)|repository .* not found/i,
  });
}

function isTemporary(
  errors: readonly string[],
  { temporary, definite }: { readonly temporary: RegExp; readonly definite: RegExp },
): boolean {
  const said = errors.map(withoutNames);
  if (said.some((line) => DEFINITE.test(line) || definite.test(line))) return false;
  return said.some((line) => TEMPORARY.test(line) || temporary.test(line));
}

/** A message without addresses and packages: a file may be called `ca-certificates`. */
function withoutNames(line: string): string {
  return line.replaceAll(/https?:\/\/\S+/g, '').replace(/(?<=couldn't download packages: ).*/i, '');
}

/** Before a status of HTTP: apt writes `  503  Service Unavailable`, git `returned error: 503`, wget `ERROR 503:`. */
const STATUS = '(?:  |returned error: |http_code = |ERROR )';

const TEMPORARY = new RegExp(
  [
    `${STATUS}(?:408|429|5\\d\\d)\\b`,
    "(?:could not|couldn't|unable to) resolve|temporary failure|name resolution",
    "(?:could not|couldn't|failed to|unable to) connect|cannot initiate the connection",
    'connection (?:refused|reset|timed out)|timed out|network is unreachable|no route to host',
    'handshak|TLS connection was non-properly terminated|SSL_ERROR_SYSCALL|unexpected eof',
  ].join('|'),
  'i',
);

const DEFINITE = new RegExp(
  [`${STATUS}4(?!08|29)\\d\\d\\b`, 'certificate|authentication|permission denied|no space left|disk quota'].join('|'),
  'i',
);
