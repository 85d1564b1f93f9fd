import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate and its key, in PEM, as files. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** An authority that everybody may make: openssl's, in a directory. */
export interface Authority extends Certificate {
  /** A certificate by it; `names` as openssl writes them: `DNS:localhost`, `IP:127.0.0.1`. */
  issue(file: string, options: { readonly commonName: string; readonly names?: string }): Certificate;
}

const openssl = (line: readonly string[]): void => {
  execFileSync('openssl', line, { stdio: ['ignore', 'ignore', 'pipe'] });
};

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const;

export function makeAuthority(directory: string, name: string): Authority {
  const own = filesOf(directory, name);
  openssl(['req', '-x509', ...KEY, '-keyout', own.key, '-out', own.certificate, '-days', '2', '-subj', `/CN=${name}`]);
  return {
    ...own,
    issue: (file, { commonName, names }) => {
      const issued = filesOf(directory, file);
      const request = join(directory, `${file}.csr`);
      const extensions = join(directory, `${file}.ext`);
      writeFileSync(extensions, names === undefined ? 'basicConstraints=CA:FALSE\n' : `subjectAltName=${names}\n`);
      openssl(['req', '-new', ...KEY, '-keyout', issued.key, '-out', request, '-subj', `/CN=${commonName}`]);
      const by = ['-CA', own.certificate, '-CAkey', own.key, '-CAcreateserial', '-days', '2'] as const;
      openssl(['x509', '-req', '-in', request, '-out', issued.certificate, ...by, '-extfile', extensions]);
      return issued;
    },
  };
}

function filesOf(directory: string, name: string): Certificate {
  return { certificate: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
}
