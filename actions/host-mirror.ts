import { readFileSync } from 'node:fs';
import { hostToolOutput } from '../sandbox/host-tool.ts';
import { splitLogin } from './mirror-login.ts';
import type { MirrorLogin } from './mirror-login.ts';

/** Where a suite comes from. */
export interface Mirror {
  readonly url: string;
  /** The file with the keys that may sign it, when the host says which. */
  readonly keyring?: string;
  /** What the host's apt has in the address for who asks: it is for this mirror, and nothing that is kept. */
  readonly login?: MirrorLogin;
}

/** One source of the host's apt, as `apt-get indextargets` tells it. */
export interface AptSource {
  readonly url: string;
  readonly login?: MirrorLogin;
  readonly suite: string;
  readonly codename: string;
  /** `Debian`, `Ubuntu`, …; empty when the host never fetched the lists. */
  readonly origin: string;
  readonly label: string;
  readonly keyring: string;
}

/**
 * The mirror for a suite, from the sources that the host itself uses: one that has
 * this very suite, else one of the same distribution. None on a host of another
 * distribution: mmdebstrap and debootstrap then use their own default.
 */
export function mirrorFor(
  suite: string,
  sources: readonly AptSource[],
  ubuntuSuites: readonly string[],
): Mirror | undefined {
  const distribution = ubuntuSuites.includes(suite.replace(/-.*$/, '')) ? 'ubuntu' : 'debian';
  const candidates = sources.filter((source) => distributionOf(source) === distribution && !isSecurity(source));
  const chosen = candidates.find((each) => each.suite === suite || each.codename === suite) ?? candidates[0];
  if (chosen === undefined) return undefined;
  const { url, keyring, login } = chosen;
  return {
    url,
    ...(SHOWN_KEYRING.test(keyring) ? { keyring } : {}),
    ...(login === undefined ? {} : { login }),
  };
}

/** What a vetted tool can read of this host. */
const SHOWN_KEYRING = /^\/(usr|etc\/apt\/(keyrings|trusted\.gpg\.d))\/\S+$/;

function distributionOf({ origin, url }: AptSource): string {
  // Without the lists apt knows no origin; by convention an archive is named after its distribution.
  return (origin === '' ? (/\/(debian|ubuntu)\/?$/.exec(url)?.[1] ?? '') : origin).toLowerCase();
}

function isSecurity({ label, url }: AptSource): boolean {
  return /security/i.test(label) || /security/.test(url);
}

/** The sources of this host's apt; empty where there is no apt. */
export async function hostSources(): Promise<AptSource[]> {
  const format = ['REPO_URI', 'SUITE', 'CODENAME', 'RELEASE', 'ORIGIN', 'LABEL', 'SIGNED_BY']
    .map((name) => `$(${name})`)
    .join('\t');
  return parseSources(await hostToolOutput('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']));
}

/** The lines of `apt-get indextargets` in the format of {@link hostSources}. A field that apt does not know stays as `$(NAME)`. */
export function parseSources(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const [url, suite, codename, release, origin, label, keyring] = line
      .split('\t')
      .map((value) => (value.startsWith('$(') ? '' : value));
    if (url === undefined || url === '') return [];
    return [
      {
        ...splitLogin(url.replace(/\/$/, '')),
        suite: suite || release || '',
        codename: codename || release || '',
        origin: origin ?? '',
        label: label ?? '',
        keyring: keyring ?? '',
      },
    ];
  });
}

/** Apt settings that decide whether a download works here: proxies, retries, clock checks. Never ones that weaken signatures. */
const CARRIED_OVER = /^Acquire::(Check-Valid-Until|Check-Date|Retries|ForceIPv4|ForceIPv6|https?::[A-Za-z0-9.:-]+) "/;

/** The settings of the host's apt that a tool in a sandbox has to be told, as lines of apt.conf(5). */
export async function hostAptOptions(): Promise<string[]> {
  return carriedOver((await hostToolOutput('apt-config', ['dump', 'Acquire'])).split('\n'));
}

/** Those lines of `apt-config dump` that are carried over, as `--aptopt` takes them. */
export function carriedOver(lines: readonly string[]): string[] {
  return lines
    .filter((line) => CARRIED_OVER.test(line) && !line.endsWith(' "";'))
    .map((line) => line.replace(/;$/, ''));
}

/** The code names of Ubuntu, from the host's distro-info data when it has them. */
export function ubuntuSuites(): readonly string[] {
  try {
    const [, ...rows] = readFileSync('/usr/share/distro-info/ubuntu.csv', 'utf8').trim().split('\n');
    return rows.map((row) => row.split(',')[2] ?? '');
  } catch {
    return ['trusty', 'xenial', 'bionic', 'focal', 'jammy', 'noble', 'plucky', 'questing', 'resolute'];
  }
}
