import { createHash } from 'node:crypto';
import { ContractorError } from '../errors.ts';
import { findProgramIfAny } from '../sandbox/programs.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { ActionContext, StepProblem } from './action.ts';
import type { Bootstrap } from './debootstrap-argv.ts';
import { mirrorFor, ubuntuSuites } from './host-mirror.ts';
import { optionalText, text, texts } from './parameters.ts';
import { LOCKED_PACKAGES, lockedPackages } from './package-lock.ts';
import { pinsOf, preferencesText } from './pins.ts';
import { releaseDatesText } from './release-dates.ts';
import { repositoriesOf, repositoryText, sourcesText } from './repositories.ts';
import type { Repository, Source } from './repositories.ts';
import { keyOfRepository, KeyRefused, mirrorRepository } from './repository-keys.ts';
import type { Refusable } from './repository-refusal.ts';

interface KeyPlace {
  readonly specDirectory: string;
}

/** What a step asks for, on this host. @throws REPOSITORY_REFUSED */
export function bootstrapOf(
  step: Step,
  host: {
    readonly sources: Parameters<typeof mirrorFor>[1];
    readonly aptOptions: readonly string[];
    readonly specDirectory: string;
    readonly releaseBefore: ActionContext['releaseBefore'];
  },
): Bootstrap {
  const suite = text(step, 'suite');
  const url = optionalText(step, 'mirror');
  const known = mirrorFor(suite, host.sources, ubuntuSuites());
  // A name and password are for the host's mirror, and for no other.
  const mirror =
    url === undefined ? known : { url, ...(known?.keyring === undefined ? {} : { keyring: known.keyring }) };
  const architecture = optionalText(step, 'architecture');
  const given = texts(step, 'components');
  const components = given.length === 0 ? ['main'] : given;
  const locked = lockedPackages(step);
  const signed = mirrorRepository(step);
  const mirrorKey = signed === undefined ? undefined : keyOfRepository(signed, host);
  const repositories = repositoriesOf(step).map((each) => withKey(each, host));
  const ofMirror =
    mirrorKey === undefined || mirror === undefined
      ? []
      : [{ url: mirror.url, suite, components, publicKey: mirrorKey, isMirror: true }];
  return {
    suite,
    variant: optionalText(step, 'variant') ?? 'minbase',
    packages: texts(step, 'packages'),
    components,
    sources: sourcesText([...ofMirror, ...repositories]),
    repositories,
    releaseDates: releaseDatesText(repositories, host.releaseBefore),
    ...(locked === undefined ? {} : { locked }),
    artifacts: texts(step, 'packages-from'),
    preferences: preferencesText(pinsOf(step)),
    ...(mirrorKey === undefined ? {} : { mirrorKey }),
    aptOptions: host.aptOptions,
    ...(architecture === undefined ? {} : { architecture }),
    ...(mirror === undefined ? {} : { mirror }),
  };
}

function withKey(repository: Repository, place: KeyPlace): Source {
  const publicKey = keyOfRepository(repository, place);
  return { ...repository, ...(publicKey === undefined ? {} : { publicKey }) };
}

/**
 * Refuses what cannot be done: before any work.
 *
 * @throws HOST_UNSUITABLE, REPOSITORY_REFUSED
 */
export function assertBootstrapPossible(step: Step, place: KeyPlace): void {
  const parameter = ['repositories', 'packages-from', 'pin', LOCKED_PACKAGES].find(
    (name) => step.parameters[name] !== undefined,
  );
  if (parameter !== undefined && findProgramIfAny('mmdebstrap') === undefined) {
    throw new ContractorError(
      'HOST_UNSUITABLE',
      `\`${parameter}\` of \`debootstrap\` takes mmdebstrap, which this host does not have: debootstrap alone knows one mirror.`,
      'Install it: `apt-get install mmdebstrap`.',
    );
  }
  for (const each of signedBy(step)) keyOfRepository(each, place);
}

/**
 * What is wrong with the keys of a step's repositories, all of it, with the path from the step to what says so. A key that
 * has expired is wrong too: apt takes nothing that it signs.
 */
export function keyProblems(step: Step, place: KeyPlace & { readonly now: number }): StepProblem[] {
  const mirror = mirrorRepository(step);
  const all = [
    ...(mirror === undefined ? [] : [{ repository: mirror, path: [] }]),
    ...repositoriesOf(step).map((repository, index) => ({ repository, path: ['repositories', index] })),
  ];
  return all.flatMap(({ repository, path }): StepProblem[] => {
    const problem = (parameter: string | undefined, what: string, mend: string): StepProblem[] => [
      {
        path: [...path, ...(parameter === undefined ? [] : [parameter])],
        code: 'REPOSITORY_KEY',
        message: `the repository \`${repositoryText(repository)}\` ${what}`,
        mend,
      },
    ];
    try {
      const { expiresAt = Infinity, fingerprint = '' } = keyOfRepository(repository, place) ?? {};
      if (expiresAt > place.now) return [];
      const day = new Date(expiresAt).toISOString().slice(0, 10);
      return problem('key', `is to be signed by the key ${fingerprint}, which expired on ${day}`, EXPIRED_MEND);
    } catch (error) {
      if (error instanceof KeyRefused) return problem(error.parameter, error.what, error.mend);
      throw error;
    }
  });
}

const EXPIRED_MEND = 'Fetch the key again from those who run the repository: they may have made it valid for longer.';

/** What differs when a key does, be it in a file or a keyring; undefined when one cannot be had. */
export function keysDigest(step: Step, place: KeyPlace): string | undefined {
  const all = signedBy(step);
  if (all.length === 0) return '';
  try {
    const hash = createHash('sha256');
    for (const each of all) hash.update(keyOfRepository(each, place)?.packets ?? 'trusted').update('\0');
    return hash.digest('hex');
  } catch (error) {
    if (error instanceof ContractorError) return undefined;
    throw error;
  }
}

/** The repositories of a step, the mirror among them when it has a key of its own. */
function signedBy(step: Step): readonly Repository[] {
  const mirror = mirrorRepository(step);
  return [...(mirror === undefined ? [] : [mirror]), ...repositoriesOf(step)];
}

/** What apt may refuse of them. */
export function refusableOf(step: Step, place: KeyPlace): Refusable[] {
  return signedBy(step).map((each) => {
    const fingerprint = keyOfRepository(each, place)?.fingerprint;
    return { url: each.url, name: repositoryText(each), ...(fingerprint === undefined ? {} : { fingerprint }) };
  });
}
