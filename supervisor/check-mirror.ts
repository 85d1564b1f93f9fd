import { hostSources, mirrorFor, ubuntuSuites } from '../actions/host-mirror.ts';
import { authorization } from '../actions/mirror-login.ts';
import { clockFinding } from '../sandbox/host/clock.ts';
import type { HostFinding } from '../sandbox/host/host-finding.ts';

const LONGEST_MS = 10_000;

/** Asks the mirror that `debootstrap` uses by itself for one file; and by its answer, whether the clock is right. */
export async function checkMirror(now: number): Promise<HostFinding[]> {
  const sources = await hostSources();
  const suite = sources[0]?.codename ?? 'stable';
  const mirror = mirrorFor(suite, sources, ubuntuSuites());
  if (mirror === undefined) return [mirrorFinding({ suite })];
  const url = `${mirror.url}/dists/${suite}/InRelease`;
  try {
    const { status, headers } = await fetch(url, {
      method: 'HEAD',
      signal: AbortSignal.timeout(LONGEST_MS),
      ...(mirror.login === undefined ? {} : { headers: { authorization: authorization(mirror.login) } }),
    });
    const said = Date.parse(headers.get('date') ?? '');
    const clock = clockFinding({ now, newest: undefined, mirror: said });
    return [
      mirrorFinding({ suite, url, status }),
      ...(clock.state === 'ok' ? [] : [{ ...clock, name: 'mirror-clock' }]),
    ];
  } catch (error) {
    const { cause, message } = error as Error;
    return [mirrorFinding({ suite, url, refusal: cause instanceof Error ? cause.message : message })];
  }
}

/** What came of it, in words. */
export function mirrorFinding(asked: {
  readonly suite: string;
  readonly url?: string;
  readonly status?: number;
  readonly refusal?: string;
}): HostFinding {
  const name = 'mirror';
  const { suite, url, status, refusal } = asked;
  if (url === undefined) {
    return {
      name,
      state: 'optional',
      found: "This host's apt has no source of Debian or Ubuntu",
      consequence: 'Steps with the action `debootstrap` use the default mirror of the tool.',
      mend: 'Name a `mirror` in the specification.',
    };
  }
  if (status !== undefined && status < 400) return { name, state: 'ok', found: `${url} is there` };
  return {
    name,
    state: 'optional',
    found: `${url}: ${refusal ?? `status ${status ?? 0}`}`,
    consequence: `Steps with the action \`debootstrap\` that name no other \`mirror\` fail for \`${suite}\`.`,
    mend: `See why: \`curl --head ${url}\`; behind a proxy, set \`http_proxy\` and \`https_proxy\`.`,
  };
}
