import type { JsonObject, Step } from '../spec-schema/build-spec.ts';

/** One preference among versions and origins: apt_preferences(5). */
export interface Pin {
  readonly package: string;
  readonly pin: string;
  readonly priority: number;
}

const NAME = '[a-z0-9*?][a-z0-9+.*?-]{0,100}';
const VALUE = '[A-Za-z0-9.+~:_*?/-]{1,100}';

export const PIN_SCHEMA: JsonObject = {
  type: 'array',
  description: 'Which versions, or which repository, are preferred for a package: as in apt_preferences(5).',
  items: {
    type: 'object',
    required: ['package', 'pin', 'priority'],
    additionalProperties: false,
    properties: {
      package: {
        type: 'string',
        description: 'The package, `src:` and a source package, or a pattern of names with `*`.',
        pattern: `^(?:src:)?${NAME}(?::[a-z0-9]{1,20})?$`,
        patternErrorMessage: 'must be the name of a package, such as `gcc`, `src:gcc-14` or `*`',
        examples: ['gcc', 'src:gcc-14', '*'],
      },
      pin: {
        type: 'string',
        description: 'What is preferred: `version 1.2*`, `origin packages.example.org`, or `release n=trixie`.',
        pattern: `^(?:version ${VALUE}|origin (?:"[A-Za-z0-9.:-]{0,200}"|[A-Za-z0-9.:-]{1,200})|release (?:[aclnov]=${VALUE})(?:, ?[aclnov]=${VALUE}){0,5})$`,
        patternErrorMessage:
          'must be `version` and a version, `origin` and a host, or `release` and pairs such as `n=trixie`',
        examples: ['version 1.2*', 'origin packages.example.org', 'release n=trixie'],
      },
      priority: {
        type: 'integer',
        description:
          'How much: below 0 never, 500 as all others, 990 as the suite, from 1000 on also an older version.',
        minimum: -32768,
        maximum: 32767,
        examples: [990],
      },
    },
  },
};

/** Those of a step; none when it has none. */
export function pinsOf({ parameters }: Step): readonly Pin[] {
  const value = parameters['pin'];
  return Array.isArray(value) ? value : [];
}

/** As apt reads them. Names, versions and hosts are words by their patterns: nothing in one begins another field. */
export function preferencesText(pins: readonly Pin[]): string {
  return pins
    .map(({ package: name, pin, priority }) => `Package: ${name}\nPin: ${pin}\nPin-Priority: ${priority}\n`)
    .join('\n');
}
