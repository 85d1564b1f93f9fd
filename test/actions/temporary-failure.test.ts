import { describe, expect, test } from 'vitest';
import { isTemporaryOfBootstrap, isTemporaryOfGit } from '../../actions/temporary-failure.ts';

const RELEASE = 'http://deb.debian.org/debian/dists/trixie/InRelease';

/** What mmdebstrap's log ends with when `apt-get update` fails. */
function updateFails(...errors: readonly string[]): string {
  return `I: running apt-get update...
Ign:1 http://deb.debian.org/debian trixie InRelease
Reading package lists...
${errors.map((error) => `E: ${error}\n`).join('')}E: Some index files failed to download. They have been ignored, or old ones used instead.
E: apt-get update --error-on=any -oAPT::Status-Fd=<$fd> -oDpkg::Use-Pty=false failed
I: main() received signal PIPE: waiting for setup...
E: mmdebstrap failed to run
`;
}

describe('apt and mmdebstrap', () => {
  test.for([
    '503  Service Unavailable [IP: 127.0.0.1 80]',
    '429  Too Many Requests [IP: 127.0.0.1 80]',
    'Connection failed [IP: 127.0.0.1 80]',
    'Connection timed out [IP: 151.101.2.132 80]',
    'Error reading from server. Remote end closed connection [IP: 127.0.0.1 80]',
    "Could not resolve 'deb.debian.org'",
    "Temporary failure resolving 'deb.debian.org'",
    'Could not connect to 127.0.0.1:80 (127.0.0.1). - connect (111: Connection refused)',
    'Unable to connect to deb.debian.org:80:',
    'Could not handshake: An unexpected TLS packet was received. [IP: 127.0.0.1 443]',
    'Hash Sum mismatch\n   Hashes of expected file:\n    - Filesize:100 [weak]',
    'File has unexpected size (50 != 100). Mirror sync in progress? [IP: 127.0.0.1 80]',
  ])('may get by later: %s', (reason) => {
    expect(isTemporaryOfBootstrap(updateFails(`Failed to fetch ${RELEASE}  ${reason}`))).toBe(true);
  });

  test('may get later what names something that would not', () => {
    const fetched =
      'E: Failed to fetch http://deb.debian.org/debian/pool/main/c/ca-certificates/ca-certificates_20250419_all.deb  502  Bad Gateway [IP: 127.0.0.1 80]\n' +
      'E: Failed to fetch http://deb.debian.org/debian/pool/main/d/debian-archive-keyring/debian-archive-keyring_2025.1_all.deb  502  Bad Gateway [IP: 127.0.0.1 80]\n' +
      'E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?\n';
    expect(isTemporaryOfBootstrap(fetched)).toBe(true);
  });

  const failsWith503 = `Failed to fetch ${RELEASE}  503  Service Unavailable [IP: 127.0.0.1 80]`;
  test.for([
    'Failed to fetch http://deb.debian.org/debian/dists/nosuch/main/binary-amd64/Packages  404  Not Found [IP: 127.0.0.1 80]',
    'Failed to fetch http://deb.debian.org/debian/dists/trixie/InRelease  401  Unauthorized [IP: 127.0.0.1 80]',
    'Failed to fetch https://deb.debian.org/debian/dists/trixie/InRelease  Certificate verification failed: The certificate is NOT trusted. The certificate issuer is unknown.  Could not handshake: Error in the certificate verification. [IP: 127.0.0.1 443]',
    "The repository 'http://deb.debian.org/debian trixie InRelease' is not signed.",
    'Release file for http://deb.debian.org/debian/dists/trixie/InRelease is expired (invalid since 3d 4h). Updates for this repository will not be applied.',
    'Unable to locate package no-such-package',
    "Package 'gone' has no installation candidate",
    'Unable to correct problems, you have held broken packages.\nE: The following packages have unmet dependencies:',
    'Sub-process /usr/bin/dpkg returned an error code (1)',
    "You don't have enough free space: No space left on device",
  ])('will not get by later: %s', (reason) => {
    expect(isTemporaryOfBootstrap(updateFails(reason))).toBe(false);
    expect(isTemporaryOfBootstrap(updateFails(failsWith503, reason))).toBe(false);
  });

  test('do not fail of what they tried again and then got', () => {
    expect(
      isTemporaryOfBootstrap(
        "Ign:1 http://deb.debian.org/debian trixie InRelease\n  Could not resolve 'deb.debian.org'\nGet:1 http://deb.debian.org/debian trixie InRelease [1 kB]\nSetting up libc6\nE: setup failed: E: run_chroot failed\n",
      ),
    ).toBe(false);
  });
});

describe('debootstrap', () => {
  const release = (...lines: readonly string[]): string =>
    `I: Retrieving InRelease \nI: Retrieving Release \nE: Failed getting release file http://127.0.0.1/debian/dists/trixie/Release\n${lines.join('\n')}\n`;
  const missing = '2026-01-01 12:20:02 ERROR 404: Not Found.';

  test.for([
    ['Connecting to 127.0.0.1:80... failed: Connection refused.'],
    [
      'HTTP request sent, awaiting response... 503 Service Unavailable',
      '2026-01-01 12:20:02 ERROR 503: Service Unavailable.',
    ],
    [
      'Resolving no-such.invalid (no-such.invalid)... failed: Name or service not known.',
      'wget: unable to resolve host address ‘no-such.invalid’',
    ],
  ])('may get by later: %s', (lines) => {
    expect(isTemporaryOfBootstrap(release(...lines))).toBe(true);
    expect(isTemporaryOfBootstrap(release(missing, ...lines))).toBe(true);
    expect(isTemporaryOfBootstrap(release(...lines, missing))).toBe(false);
  });

  test('may get by later where a mirror is just being updated', () => {
    const packages = 'http://127.0.0.1/debian/dists/trixie/main/binary-amd64/Packages';
    const log = `W: Retrying failed download of ${packages}\nW: ${packages} was corrupt\nE: Couldn't download ${packages}\n${missing}\n`;
    expect(isTemporaryOfBootstrap(log)).toBe(true);
  });

  test('may get a package later, whatever that is called', () => {
    const log = `W: Couldn't download package ca-certificates (ver 1 arch all) at http://127.0.0.1/p.deb\nE: Couldn't download packages: ca-certificates keyring\n`;
    expect(isTemporaryOfBootstrap(`${log}2026-01-01 12:20:02 ERROR 502: Bad Gateway.\n`)).toBe(true);
    expect(isTemporaryOfBootstrap(log + missing)).toBe(false);
  });

  test.for([
    "E: Couldn't find these debs: no-such-package",
    'E: Release signed by unknown key (key id 6ED0E7B82643E131)\n   The specified keyring /k.gpg may be incorrect or out of date.',
    'E: Invalid Release signature (key id 6ED0E7B82643E131)',
    'E: No such script: /usr/share/debootstrap/scripts/nosuch',
    '',
  ])('will not get by later: %s', (log) => {
    expect(isTemporaryOfBootstrap(log)).toBe(false);
  });
});

describe('git', () => {
  const everything = "git: fetching everything, because the server does not give 'main' by itself";
  const access = "fatal: unable to access 'https://git.example/certificate/x.git/': ";

  test.for([
    `${access}The requested URL returned error: 503`,
    `${access}The requested URL returned error: 429`,
    `${access}Could not resolve host: git.example`,
    `${access}Failed to connect to git.example port 443 after 0 ms: Couldn't connect to server`,
    `${access}Connection timed out after 300043 milliseconds`,
    `${access}Recv failure: Connection reset by peer`,
    `${access}Empty reply from server`,
    `${access}transfer closed with 999 bytes remaining to read`,
    `${access}gnutls_handshake() failed: The TLS connection was non-properly terminated.`,
    `${access}OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to git.example:443`,
    'error: RPC failed; curl 56 GnuTLS recv error (-9): Error decoding the received TLS packet.\nerror: 409 bytes of body are still expected\nfetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output',
    'Receiving objects:   9% (20/216)\rfatal: The remote end hung up unexpectedly\nfatal: early EOF\nfatal: index-pack failed',
  ])('may get by later: %s', (log) => {
    expect(isTemporaryOfGit(`${log}\n`)).toBe(true);
    expect(isTemporaryOfGit(`${log}\n${everything}\nfatal: invalid reference: main\n`)).toBe(true);
    expect(isTemporaryOfGit(`fatal: couldn't find remote ref main\n${everything}\n${log}\n`)).toBe(true);
  });

  test.for([
    "fatal: repository 'https://git.example/x.git/' not found",
    `${access}The requested URL returned error: 403`,
    `${access}server certificate verification failed. CAfile: /etc/ssl/certs/ca-certificates.crt CRLfile: none`,
    `${access}gnutls_handshake() failed: Error in the certificate verification.`,
    "error: unable to read askpass response from '/bin/false'\nfatal: could not read Username for 'https://git.example': terminal prompts disabled",
    "fatal: Authentication failed for 'https://git.example/x.git/'",
    'fatal: write error: No space left on device\nfatal: index-pack failed\nfatal: early EOF',
  ])('will not get by later: %s', (log) => {
    expect(isTemporaryOfGit(`${log}\n`)).toBe(false);
    expect(isTemporaryOfGit(`${access}Empty reply from server\n${everything}\n${log}\n`)).toBe(false);
  });

  test.for([
    `fatal: couldn't find remote ref nosuch\n${everything}\nfatal: invalid reference: nosuch`,
    "git: the directory 'a' of the workspace is not empty",
    'remote: fatal: early EOF, says the server\nfatal: bad object',
  ])('knows no failure of the network in: %s', (log) => {
    expect(isTemporaryOfGit(`${log}\n`)).toBe(false);
  });
});
