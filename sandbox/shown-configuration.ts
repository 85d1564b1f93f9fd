/**
 * The files of /etc that a vetted tool is shown, those of them that the host has. Not all of /etc: much of what any
 * user of a host may read there holds tokens, passwords, or what the host is for.
 */
export const SHOWN_CONFIGURATION: readonly string[] = [
  // Programs: the loader, the chosen alternatives, the time zone, Perl.
  ...['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'localtime', 'timezone', 'perl', 'debian_version'],
  // Who is who. They name users, and hold no passwords.
  ...['passwd', 'group'],
  // Where names and services lead.
  ...['resolv.conf', 'hosts', 'nsswitch.conf', 'host.conf', 'gai.conf', 'services', 'protocols'],
  // Whom TLS trusts; never ssl/private.
  ...['ssl/certs', 'ssl/openssl.cnf', 'ca-certificates', 'ca-certificates.conf', 'gnutls', 'crypto-policies'],
  // Whose signatures apt trusts; never auth.conf or its sources. And how dpkg is set up.
  ...['apt/trusted.gpg', 'apt/trusted.gpg.d', 'apt/keyrings', 'dpkg'],
].map((name) => `/etc/${name}`);
