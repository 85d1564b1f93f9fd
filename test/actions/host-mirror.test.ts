import { describe, expect, test } from 'vitest';
import { carriedOver, mirrorFor, parseSources } from '../../actions/host-mirror.ts';

const line = (...fields: string[]): string => fields.join('\t');
const targets = [
  line(
    'http://deb.debian.org/debian/',
    'stable',
    'trixie',
    'stable',
    'Debian',
    'Debian',
    '/usr/share/keyrings/debian.gpg',
  ),
  line(
    'http://security.debian.org/debian-security/',
    'stable-security',
    'trixie-security',
    'x',
    'Debian',
    'Debian-Security',
    '/etc/k.gpg',
  ),
  line('http://mirror.example/ubuntu', '$(SUITE)', '$(CODENAME)', 'noble', '$(ORIGIN)', '$(LABEL)', '$(SIGNED_BY)'),
  '',
].join('\n');
const sources = parseSources(targets);

describe("the host's mirror", () => {
  test('is read from what apt says, fields that it does not know empty', () => {
    expect(sources).toHaveLength(3);
    expect(sources[2]).toEqual({
      url: 'http://mirror.example/ubuntu',
      suite: 'noble',
      codename: 'noble',
      origin: '',
      label: '',
      keyring: '',
    });
  });

  test('for a suite is one of its distribution, never the security archive', () => {
    const debian = { url: 'http://deb.debian.org/debian', keyring: '/usr/share/keyrings/debian.gpg' };
    for (const suite of ['trixie', 'stable', 'unstable']) expect(mirrorFor(suite, sources, ['noble'])).toEqual(debian);
    expect(mirrorFor('noble-updates', sources, ['noble'])).toEqual({ url: 'http://mirror.example/ubuntu' });
    expect(mirrorFor('trixie-security', sources.slice(1, 2), ['noble'])).toBeUndefined();
  });

  test('names no keyring outside /usr and /etc', () => {
    const [debian] = sources;
    const elsewhere = debian === undefined ? [] : [{ ...debian, keyring: '/root/key.gpg' }];
    expect(mirrorFor('trixie', elsewhere, [])).toEqual({ url: 'http://deb.debian.org/debian' });
  });

  test('comes with proxies and retries, and with nothing that weakens signatures', () => {
    const dump = [
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::https::Proxy "";',
      'Acquire::Retries "3";',
      'Acquire::AllowInsecureRepositories "true";',
      'Acquire::https::Verify-Peer "false";',
    ];
    expect(carriedOver(dump)).not.toContain('Acquire::AllowInsecureRepositories "true"');
    expect(carriedOver(dump).slice(0, 2)).toEqual([
      'Acquire::http::Proxy "http://proxy.example:3128"',
      'Acquire::Retries "3"',
    ]);
  });
});
