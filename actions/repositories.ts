import { multiLineSchema } from '../spec-schema/names.ts';
import type { JsonObject, Step } from '../spec-schema/build-spec.ts';
import { HTTP_ADDRESS_PATTERN, HTTP_ADDRESS_WORDS } from './http-address.ts';
import { armoured } from './openpgp-key.ts';
import type { PublicKey } from './openpgp-key.ts';

/** Where packages may come from beside the mirror, as a specification says it. */
export interface Repository {
  readonly url: string;
  /** The name of a release; or, ending with a slash, a directory of a flat repository. */
  readonly suite: string;
  readonly components?: readonly string[];
  /** A key in armour, the path of a file, or a fingerprint of one in `keyring`. */
  readonly key?: string;
  readonly keyring?: string;
  readonly trusted?: boolean;
  readonly 'allow-expired'?: boolean;
  readonly 'allow-older'?: boolean;
}

/** The key of a repository: what a specification says of it, also of the mirror itself. */
export const KEY_SCHEMAS: Readonly<Record<'key' | 'keyring', JsonObject>> = {
  key: {
    ...multiLineSchema(
      'The key that signs it, and counts for it alone: in ASCII armour, as the path of a file beside the specification, or as a fingerprint of a key in `keyring`.',
    ),
    examples: ['keys/example.asc', '0123456789ABCDEF0123456789ABCDEF01234567'],
  },
  keyring: {
    type: 'string',
    description: 'A file of this host with keys, of which `key` names one by its fingerprint.',
    pattern: '^/(?!(?:[^/]*/)*\\.\\.(?:/|$))[A-Za-z0-9/._+-]{1,500}$',
    patternErrorMessage: 'must be an absolute path without `..`, such as `/usr/share/keyrings/example.gpg`',
    examples: ['/usr/share/keyrings/debian-archive-keyring.gpg'],
  },
};

export const REPOSITORIES_SCHEMA: JsonObject = {
  type: 'array',
  description: 'Repositories of packages beside the mirror. Each has a `key` that signs it, or is `trusted` without.',
  items: {
    type: 'object',
    required: ['url', 'suite'],
    additionalProperties: false,
    properties: {
      url: {
        type: 'string',
        description: 'The address of the repository.',
        pattern: `^${HTTP_ADDRESS_PATTERN}$`,
        patternErrorMessage: `must be ${HTTP_ADDRESS_WORDS}`,
      },
      suite: {
        type: 'string',
        description: 'The release in it; or, ending with `/`, the directory of a repository that has no releases.',
        pattern: '^(?!\\.\\./|(?:[^/]*/)+\\.\\./)(?:[A-Za-z0-9][A-Za-z0-9._/-]{0,99}|\\./)$',
        patternErrorMessage: 'must be the name of a release, such as `stable`, or a directory, such as `./`',
        examples: ['stable', './'],
      },
      components: {
        type: 'array',
        minItems: 1,
        description: 'Sections of the release. Default: main; a directory has none.',
        items: {
          type: 'string',
          description: 'A component.',
          pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,60}$',
          patternErrorMessage: 'must be a component, such as `main`',
        },
      },
      ...KEY_SCHEMAS,
      trusted: {
        type: 'boolean',
        description:
          'Whether its packages are installed without any signature. Said here, it is shown in the plan, as the build begins and in the receipt.',
      },
      'allow-older': {
        type: 'boolean',
        description: 'Whether its list of packages may be older than one that was taken from it before.',
      },
      'allow-expired': {
        type: 'boolean',
        description: 'Whether its list of packages may be older than it says itself to be valid, as in a snapshot.',
      },
    },
  },
};

/** Those of a step; none when it names none. */
export function repositoriesOf({ parameters }: Step): readonly Repository[] {
  const value = parameters['repositories'];
  return Array.isArray(value) ? value : [];
}

/** Those whose packages nobody has signed. */
export function trustedRepositories(step: Step): readonly Repository[] {
  return repositoriesOf(step).filter(({ trusted }) => trusted === true);
}

/** A repository in a few words. */
export function repositoryText({ url, suite, components }: Omit<Repository, 'key'>): string {
  return [url, suite, ...(suite.endsWith('/') ? [] : (components ?? ['main']))].join(' ');
}

/** A repository with the key that signs it. */
export interface Source extends Omit<Repository, 'key' | 'keyring'> {
  readonly publicKey?: PublicKey;
  /** The mirror: for it holds what the apt of the host is told of dates. */
  readonly isMirror?: boolean;
}

/**
 * The repositories as apt reads them, in the format of deb822(5): see sources.list(5). A key stands in it, so that it
 * counts for that repository alone. What the apt of the host is told of dates and signatures holds for the mirror only.
 */
export function sourcesText(sources: readonly Source[]): string {
  return sources
    .map(({ url, suite, components = ['main'], publicKey, trusted, isMirror, 'allow-expired': allowExpired }) =>
      [
        'Types: deb',
        `URIs: ${url}`,
        `Suites: ${suite}`,
        ...(suite.endsWith('/') ? [] : [`Components: ${components.join(' ')}`]),
        ...(publicKey === undefined ? [] : [`Signed-By:\n${indented(armoured(publicKey))}`]),
        ...(trusted === true ? ['Trusted: yes'] : ['Allow-Insecure: no', 'Allow-Weak: no']),
        'Allow-Downgrade-To-Insecure: no',
        ...(isMirror === true ? [] : [`Check-Valid-Until: ${allowExpired === true ? 'no' : 'yes'}`, 'Check-Date: yes']),
        '',
      ].join('\n'),
    )
    .join('\n');
}

/** As the value of a field: each line after a blank, an empty one as a dot. */
function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ` ${line === '' ? '.' : line}`)
    .join('\n');
}
