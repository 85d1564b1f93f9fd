/** What apt says of a repository that it does not take, as a refusal of the step. */
export interface RepositoryRefusal {
  readonly code: 'REPOSITORY_REFUSED';
  readonly message: string;
  readonly mend: string;
}

/** A repository that apt may say something of. */
export interface Refusable {
  readonly url: string;
  readonly name: string;
  /** The fingerprint of the key that it is to be signed by; undefined of a trusted one. */
  readonly fingerprint?: string;
}

/**
 * The first of the repositories that the end of apt's log tells to be refused, and why: signed by another key or by
 * none, with a bad signature, expired, dated in the future, or not there.
 *
 * What apt says comes in the words of apt 2.2 to 3.0, whose signatures are checked by gpgv or sqv.
 */
export function repositoryRefusal(log: string, repositories: readonly Refusable[]): RepositoryRefusal | undefined {
  const lines = log.split(/[\r\n]+/).filter((line) => /^(?:[EWN]: |Err:\d+ | {2})/.test(line));
  for (const repository of repositories) {
    const said = saidOf(repository, lines);
    const found = said === '' ? undefined : CASES.find(({ words }) => words.test(said));
    if (found === undefined) continue;
    const { what, mend } = found.tell(repository, found.words.exec(said)?.slice(1) ?? []);
    return { code: 'REPOSITORY_REFUSED', message: `The repository \`${repository.name}\` ${what}.`, mend };
  }
  return undefined;
}

/** The lines that name its address, each with those that go on with it. */
function saidOf({ url }: Refusable, lines: readonly string[]): string {
  const address = url.replace(/\/+$/, '');
  const isNamed = (line: string): boolean => new RegExp(`${escaped(address)}(?:[/ ']|$)`).test(line);
  return lines
    .filter((line, index) => isNamed(line) || (line.startsWith('  ') && isNamed(lines[index - 1] ?? '')))
    .join('\n');
}

interface Case {
  readonly words: RegExp;
  tell(repository: Refusable, found: readonly string[]): { readonly what: string; readonly mend: string };
}

const CASES: readonly Case[] = [
  {
    words: /(?:NO_PUBKEY|Missing key) ([0-9A-Fa-f]+)/,
    tell: ({ fingerprint = '' }, [signer = '']) => ({
      what: `is signed by the key ${signer.toUpperCase()}, which is not the one it has to be signed by, ${fingerprint}`,
      mend: 'Ask those who run it, over another way than this address, which key is theirs; name it as `key` if it is that one.',
    }),
  },
  {
    words: /(?:EXPKEYSIG|KEYEXPIRED|expired key|key .{0,20}expired)\s*([0-9A-Fa-f]*)/i,
    tell: (_, [signer = '']) => ({
      what: `is signed by a key that has expired${/^[0-9A-Fa-f]{8}/.test(signer) ? `, ${signer}` : ''}`,
      mend: 'Fetch the key again from those who run it: they may have made it valid for longer.',
    }),
  },
  {
    words: /BADSIG|signatures? (?:was|were) invalid|Bad signature|Signature .*(?:didn't verify|not valid)/i,
    tell: () => ({
      what: 'has a signature that is wrong: what it sent is not what was signed',
      mend: 'Try again later, or over https: it may be just being updated, or something on the way changes it.',
    }),
  },
  {
    words: /(?:is expired|has expired) ?(\([^)]*\))?/,
    tell: (_, [since = '']) => ({
      what: `has a list of packages that is no longer valid ${since}`.trim(),
      mend: 'Ask those who run it to renew it: what is old may have been kept back. For a snapshot, say `allow-expired: true`.',
    }),
  },
  {
    words: /is not valid yet ?(\([^)]*\))?/,
    tell: (_, [until = '']) => ({
      what: `has a list of packages from the future ${until}`.trim(),
      mend: "Set this host's clock.",
    }),
  },
  {
    words: /is not signed|is no longer signed|No signature|not properly signed|clearsigned file isn't valid/i,
    tell: ({ fingerprint = '' }) => ({
      what: `is not signed, and has to be by the key ${fingerprint}`,
      mend: 'Ask those who run it to sign it; or say `trusted: true`, and everything that answers at its address is installed.',
    }),
  },
  {
    words: /does not have a Release file|404 +Not Found/,
    tell: ({ name }) => ({ what: 'is not there', mend: `Correct its \`url\` or \`suite\`: ${name}.` }),
  },
];

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
