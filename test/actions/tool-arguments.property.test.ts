import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { debootstrapArgv, mmdebstrapArgv, mmdebstrapFetchArgv } from '../../actions/debootstrap-argv.ts';
import { quoted } from '../../actions/debootstrap-script.ts';
import { debootstrap } from '../../actions/debootstrap.ts';
import { git } from '../../actions/git.ts';
import type { Action } from '../../actions/action.ts';
import { execFileSync } from 'node:child_process';

/** The pattern that a specification's value is held to. */
function patternOf({ declaration }: Action, parameter: string): RegExp {
  const schema = declaration.parameters[parameter] as { pattern?: string; items?: { pattern: string } };
  return new RegExp(schema.items?.pattern ?? schema.pattern ?? '', 'u');
}

/** Texts that begin, go on or end as an attacker would have them, those of them that a specification may hold. */
const admitted = (action: Action, parameter: string): fc.Arbitrary<string> => {
  const pieces = fc.constantFrom(
    ...[
      '-',
      '--',
      '-o',
      '[',
      ']',
      '[trusted=yes]',
      ' ',
      '\n',
      '\t',
      '\r',
      '\u00a0',
      '\u2028',
      "'",
      '"',
      '$(id)',
      '`id`',
    ],
    ...[';', '|', '#', '\\', '@', ':', '/', '..', '.', ',', '+', '=', '%', '&', '?', '*', 'a', 'z', '0', 'é', '\0'],
    ...[
      'http://',
      'https://',
      'ext::',
      'file://',
      'ssh://',
      'a.example',
      '[::1]',
      'user:secret@',
      'deb ',
      'main',
      'g++',
    ],
  );
  const text = fc.array(pieces, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
  return text.filter((value) => patternOf(action, parameter).test(value));
};

const bootstrap = fc.record(
  {
    suite: admitted(debootstrap, 'suite'),
    variant: fc.constantFrom('essential', 'apt', 'minbase', 'buildd', 'important'),
    packages: fc.array(admitted(debootstrap, 'packages'), { maxLength: 3 }),
    components: fc.array(admitted(debootstrap, 'components'), { minLength: 1, maxLength: 3 }),
    aptOptions: fc.constant([]),
    sources: fc.constant(''),
    releaseDates: fc.constant(''),
    artifacts: fc.constant([]),
    repositories: fc.constant([]),
    preferences: fc.constant(''),
    architecture: admitted(debootstrap, 'architecture'),
    mirror: fc.record({ url: admitted(debootstrap, 'mirror') }),
  },
  {
    requiredKeys: [
      'suite',
      'variant',
      'packages',
      'components',
      'aptOptions',
      'sources',
      'artifacts',
      'releaseDates',
      'repositories',
      'preferences',
    ],
  },
);

describe('no value of a specification becomes more than one word, or an option, for', () => {
  test('mmdebstrap', () => {
    fc.assert(
      fc.property(bootstrap, (asked) => {
        for (const argv of [mmdebstrapFetchArgv(asked), mmdebstrapArgv(asked)]) {
          const [options, [suite, , source, ...more]] = [
            argv.slice(1, argv.indexOf('--')),
            argv.slice(argv.indexOf('--') + 1),
          ];
          expect(options.every((each) => KNOWN_OPTION.test(each))).toBe(true);
          expect(suite).toMatch(/^[a-z]/);
          expect(more).toEqual([]);
          const { mirror } = asked;
          expect(source?.split(/\s/)).toEqual(mirror && ['deb', mirror.url, asked.suite, ...asked.components]);
        }
      }),
    );
  });

  test('debootstrap', () => {
    fc.assert(
      fc.property(bootstrap, (asked) => {
        const argv = debootstrapArgv(asked);
        const at = argv.indexOf('/workspace') - 1;
        expect(argv.slice(1, at).every((each) => KNOWN_OPTION.test(each))).toBe(true);
        for (const each of [argv[at], ...argv.slice(at + 2)]) expect(each).toMatch(/^[a-z]\S*$/);
      }),
    );
  });

  test('the shell, which is given words in quotes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary-ascii', maxLength: 20 }), { maxLength: 5 }), (words) => {
        const plain = words.map((word) => word.replaceAll('\0', ''));
        const said = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${quoted(plain)} end`], { encoding: 'latin1' });
        expect(said).toBe([...plain, 'end', ''].join('\0'));
      }),
      { numRuns: 50 },
    );
  });
});

const KNOWN_OPTION =
  /^--(verbose|simulate|foreign|mode=root|format=directory|skip=[a-z/]+|setup-hook=\/run\/contractor\/bring-fetched|customize-hook=rm -f "\$1\/etc\/apt\/apt\.conf\.d\/99mmdebstrap"|customize-hook=\/run\/contractor\/note-origins|customize-hook=cd "\$1\/var\/lib\/apt\/lists" && sha256sum [^\n]*|variant=[a-z]+|include=[a-z0-9.+:,-]+|components=[a-z0-9/,-]+|arch(itectures)?=[a-z0-9-]+)$/;

describe('what git is given', () => {
  test('as an address is one of http, or a path that no transport is chosen by', () => {
    fc.assert(
      fc.property(admitted(git, 'url'), (url) => {
        expect(url).toMatch(/^(https?:\/\/[A-Za-z0-9[]|[./])/);
        expect(url).not.toMatch(/^https?:\/\/[^/]*@/);
      }),
    );
  });

  test('as a ref is no option and no refspec', () => {
    fc.assert(
      fc.property(admitted(git, 'ref'), (ref) => {
        expect(ref).toMatch(/^[A-Za-z0-9_][^\s:^~?*[\\]*$/);
      }),
    );
  });
});

describe('a specification cannot say', () => {
  test.for([
    ['url', 'ext::sh -c id'],
    ['url', 'file:///etc'],
    ['url', 'ssh://-oProxyCommand=id/x'],
    ['url', 'git@example.test:x'],
    ['url', '--upload-pack=id'],
    ['url', 'https://-oProxyCommand=id/x'],
    ['url', 'https://user:secret@example.test/x'],
    ['url', 'http://example.test/\nfetch = +refs/*'],
    ['ref', '--upload-pack=id'],
    ['ref', '+refs/heads/*:refs/heads/*'],
    ['ref', 'a b'],
  ] as const)('git %s: %s', ([parameter, value]) => {
    expect(patternOf(git, parameter).test(value)).toBe(false);
  });

  test.for([
    ['mirror', 'file:///srv/mirror'],
    ['mirror', 'copy:/srv'],
    ['mirror', 'http://user:secret@example.test/debian'],
    ['mirror', 'http://example.test/debian [trusted=yes]'],
    ['mirror', '[trusted=yes] http://example.test/debian'],
    ['mirror', 'http://example.test/debian\ndeb [trusted=yes] http://other.test/'],
    ['mirror', 'http://example.test/debian\u00a0x'],
    ['suite', '-sid'],
    ['suite', '../sid'],
    ['suite', 'sid main'],
    ['packages', '--force'],
    ['packages', 'apt-'],
    ['packages', 'apt,bash'],
    ['packages', '?essential'],
    ['packages', '/tmp/x.deb'],
    ['components', 'main contrib'],
    ['components', '[trusted=yes]'],
    ['architecture', '-amd64'],
  ] as const)('debootstrap %s: %s', ([parameter, value]) => {
    expect(patternOf(debootstrap, parameter).test(value)).toBe(false);
  });
});
