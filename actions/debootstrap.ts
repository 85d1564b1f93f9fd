import { basename, dirname, resolve } from 'node:path';
import { lineSchema, nameSchema } from '../spec-schema/names.ts';
import type { JsonObject, Step } from '../spec-schema/build-spec.ts';
import { findProgramIfAny } from '../sandbox/programs.ts';
import { MOUNTED } from '../sandbox/policy.ts';
import type { VettedToolPolicy } from '../sandbox/policy.ts';
import type { Action } from './action.ts';
import { SHOWN_ARTIFACTS } from './artifact-packages.ts';
import { artifactMissing } from './artifact-missing.ts';
import { assertBootstrapPossible, bootstrapOf, keyProblems, keysDigest, refusableOf } from './bootstrap-of.ts';
import { hintForBootstrap } from './debootstrap-hint.ts';
import { DebootstrapProgress } from './debootstrap-progress.ts';
import { bootstrapScript, PROXY_NAMES } from './debootstrap-script.ts';
import { followLines } from './follow-lines.ts';
import { HTTP_ADDRESS_PATTERN, HTTP_ADDRESS_WORDS } from './http-address.ts';
import { hostAptOptions, hostSources, mirrorFor, ubuntuSuites } from './host-mirror.ts';
import { logTail } from './log-tail.ts';
import { explained, outcomeOfExit } from './outcome-of-exit.ts';
import { optionalText, text, texts } from './parameters.ts';
import { lockedPackages } from './package-lock.ts';
import { PIN_SCHEMA } from './pins.ts';
import { reachablePorts } from './ports.ts';
import {
  KEY_SCHEMAS,
  repositoriesOf,
  REPOSITORIES_SCHEMA,
  repositoryText,
  trustedRepositories,
} from './repositories.ts';
import { keyFiles } from './repository-keys.ts';
import { repositoryRefusal } from './repository-refusal.ts';
import { olderRelease } from './release-dates.ts';
import { releaseDates, resolvedSources } from './resolved-sources.ts';
import { releaseDigests } from './release-digests.ts';
import { isTemporaryOfBootstrap } from './temporary-failure.ts';
import { artifactPath } from './tree-paths.ts';
import { unnamedPort, unnamedPortHint } from './unnamed-port.ts';

const VARIANTS = ['essential', 'apt', 'minbase', 'buildd', 'important'] as const;

/** Installs Debian, or a distribution like it, into an empty workspace, packages included. */
export const debootstrap: Action = {
  declaration: {
    name: 'debootstrap',
    description: 'Installs Debian or Ubuntu into the workspace, with packages, by mmdebstrap or debootstrap.',
    parameters: {
      suite: {
        ...lineSchema('The release to install: `unstable`, `trixie`, `noble`.'),
        pattern: '^[a-z][a-z0-9.-]{0,60}$',
        patternErrorMessage: 'must be the name of a release, such as `unstable` or `trixie`',
        examples: ['stable', 'unstable', 'trixie', 'noble'],
      },
      packages: {
        type: 'array',
        items: named('A package.', '^[a-z0-9][a-z0-9.+-]{0,100}(?<!-)(:[a-z0-9]+)?$', 'must be the name of a package'),
        description: 'Packages to install beside what the variant has.',
      },
      mirror: named(
        "Where to fetch packages from. Default: the mirror in this host's own apt configuration.",
        `^${HTTP_ADDRESS_PATTERN}$`,
        `must be ${HTTP_ADDRESS_WORDS}`,
      ),
      variant: {
        enum: [...VARIANTS],
        description:
          'How much to install: `essential` (no apt), `apt`, `minbase`, `buildd` (with build-essential), `important` (what debootstrap installs by itself). Default: minbase.',
      },
      components: {
        type: 'array',
        minItems: 1,
        items: named('A component.', '^[a-z][a-z0-9/-]{0,60}$', 'must be a component, such as `main`'),
        description: 'Sections of the archive. Default: main.',
      },
      ...KEY_SCHEMAS,
      repositories: REPOSITORIES_SCHEMA,
      'packages-from': {
        type: 'array',
        minItems: 1,
        maxItems: 50,
        uniqueItems: true,
        items: nameSchema('An artifact with `.deb` files.'),
        description:
          'Artifacts whose `.deb` files are a repository too, trusted as whoever makes them is; `packages` says which of them are installed.',
      },
      pin: PIN_SCHEMA,
      architecture: named(
        "The architecture of the packages, by Debian's name. Default: the host's.",
        '^[a-z0-9][a-z0-9-]{0,30}$',
        'must be an architecture, such as `amd64` or `arm64`',
      ),
    },
    required: ['suite'],
    titleParameter: 'suite',
    usesArtifact: 'packages-from',
  },
  isolation: (step) => ({
    runsIn: 'vetted-tool',
    network: true,
    reads: [
      'programs and configuration of the host',
      optionalText(step, 'mirror') ?? "the host's package mirror",
      ...texts(step, 'packages-from').map((name) => `packages of artifact ${name}`),
      ...(lockedPackages(step) === undefined
        ? []
        : [`of these, the ${lockedPackages(step)?.length} packages of the lock`]),
      ...repositoriesOf(step).map(
        (each) => `repository ${repositoryText(each)}${each.trusted === true ? UNSIGNED : ''}`,
      ),
    ],
    writes: ['workspace'],
  }),
  policy: policyOf,
  ports: async (steps) => {
    const [sources, aptOptions] = await Promise.all([hostSources(), hostAptOptions()]);
    return steps.map((step) => {
      const mirror = optionalText(step, 'mirror') ?? mirrorFor(text(step, 'suite'), sources, ubuntuSuites())?.url;
      return portsOf({ mirror, repositories: repositoriesOf(step), aptOptions });
    });
  },
  isLockable: true,
  hostSources: keyFiles,
  unsignedSources: (step) => trustedRepositories(step).map(repositoryText),
  assertPossible: assertBootstrapPossible,
  problems: keyProblems,
  outside: {
    question: (step, place) =>
      [
        `the package lists of ${text(step, 'suite')} in ${optionalText(step, 'mirror') ?? "the host's mirror"}`,
        ...repositoriesOf(step).map(repositoryText),
        ...[keysDigest(step, place) ?? ''].flatMap((keys) => (keys === '' ? [] : [`by the keys ${keys.slice(0, 12)}`])),
      ].join(', '),
    isRemote: () => true,
    places: (step, { specDirectory }) =>
      keyFiles(step)
        .map((file) => resolve(specDirectory, file))
        .map((file) => ({ directory: dirname(file), names: [basename(file)] })),
    ask: async (step, { specDirectory, signal }) => {
      const keys = keysDigest(step, { specDirectory });
      if (keys === undefined) return undefined;
      const [sources, aptOptions] = await Promise.all([hostSources(), hostAptOptions()]);
      const place = { specDirectory, releaseBefore: () => undefined };
      const { suite, mirror, repositories } = bootstrapOf(step, { sources, aptOptions, ...place });
      // Where the tool chooses a mirror by itself, nobody can say what it will read.
      if (mirror === undefined) return undefined;
      const told = await releaseDigests([{ ...mirror, suite }, ...repositories], { aptOptions, signal });
      return told && `lists ${told}${keys === '' ? '' : `\n${keys} keys`}`;
    },
  },
  tools: ['mmdebstrap', 'debootstrap', 'apt', 'dpkg'],
  run: async (step, context) => {
    const { tree } = context;
    if (tree.workspace.length > 0) {
      return {
        outcome: {
          type: 'refused',
          code: 'SPEC_INVALID',
          message: '`debootstrap` needs an empty workspace: it makes the top of a system tree of it.',
          mend: 'Put an `empty-workspace` step before it.',
        },
        tree,
      };
    }
    const [sources, aptOptions] = await Promise.all([hostSources(), hostAptOptions()]);
    const bootstrap = bootstrapOf(step, { sources, aptOptions, ...context });
    if (bootstrap.mirror === undefined && bootstrap.sources !== '') {
      return { outcome: { type: 'refused', ...NO_MIRROR }, tree };
    }
    const shown: string[] = [];
    for (const name of bootstrap.artifacts) {
      const found = context.artifact(name);
      if (found === undefined) return { outcome: artifactMissing(name), tree };
      shown.push(artifactPath(found));
    }
    const tool = findProgramIfAny('mmdebstrap') === undefined ? 'debootstrap' : 'mmdebstrap';
    const layer = context.newLayer();
    const progress = new DebootstrapProgress();
    const ended = new AbortController();
    const followed = followLines(
      context.logFile,
      (line) => {
        const now = progress.after(line);
        if (now !== undefined) context.onProgress(now);
      },
      ended.signal,
    );
    context.onProgress({ label: 'asking the mirror' });
    const ports = portsOf({ ...bootstrap, mirror: bootstrap.mirror?.url });
    const exit = await context
      .runSandboxed({
        layer,
        shown,
        policy: { ...policyOf(step), ports },
        ...bootstrapScript(bootstrap, tool),
      })
      .finally(() => ended.abort());
    await followed;
    const outcome = outcomeOfExit(exit, step);
    if (outcome.type === 'failed') {
      const log = logTail(context.logFile);
      const refusal = olderRelease(log) ?? repositoryRefusal(log, refusableOf(step, context));
      if (refusal !== undefined) return { outcome: { type: 'refused', ...refusal }, tree };
      const port = unnamedPort(log, ports);
      const hint =
        port === undefined ? hintForBootstrap(log, bootstrap) : unnamedPortHint(port, { key: 'mirror', ports });
      return { outcome: explained(outcome, { hint, temporary: isTemporaryOfBootstrap(log) }), tree };
    }
    if (outcome.type !== 'succeeded') return { outcome, tree };
    const system = await context.treeJob({ type: 'packages', tree: `layers/${layer}` });
    return {
      outcome,
      ...(system === null ? {} : { installed: system.packages }),
      resolved: resolvedSources(logTail(context.logFile), bootstrap),
      releases: releaseDates(logTail(context.logFile), bootstrap),
      tree: { ...tree, workspace: [{ type: 'layer', id: layer }] },
      layers: [{ id: layer, kind: 'workspace' }],
    };
  },
};

/** How this user reaches mirrors. */
const PROXIES: Readonly<Record<string, string>> = Object.fromEntries(
  PROXY_NAMES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }),
);

/** With this, the same packages give the same tree: mmdebstrap and dpkg take it for the time of what they write. */
const ENVIRONMENT = {
  SOURCE_DATE_EPOCH: '1577836800',
  DEBIAN_FRONTEND: 'noninteractive',
  container: 'lxc',
  ...PROXIES,
};

/** Those of the mirror, of the repositories, and of the proxies that they are reached by. */
function portsOf({
  mirror = '',
  repositories,
  aptOptions,
}: {
  readonly mirror: string | undefined;
  readonly repositories: readonly { readonly url: string }[];
  readonly aptOptions: readonly string[];
}): readonly number[] {
  return reachablePorts([mirror, ...repositories.map(({ url }) => url), ...aptOptions, ...Object.values(PROXIES)]);
}

function policyOf(step: Step): VettedToolPolicy {
  return {
    type: 'vetted-tool',
    identity: 'root',
    network: true,
    cutsOff: true,
    // Packages of another architecture run their own programs when they are installed.
    foreignPrograms:
      optionalText(step, 'architecture') !== undefined || texts(step, 'packages').some((name) => name.includes(':')),
    environment: ENVIRONMENT,
    reads: texts(step, 'packages-from').map((name, index) => ({
      from: MOUNTED.shown(index),
      to: `${SHOWN_ARTIFACTS}/${name}`,
    })),
  };
}

const UNSIGNED = ', UNSIGNED: trusted, as the specification says';

const NO_MIRROR = {
  code: 'SPEC_INVALID',
  message: "`debootstrap` does not know what mirror to take beside the repositories: this host's apt has none.",
  mend: 'Name a `mirror`.',
};

function named(description: string, pattern: string, patternErrorMessage: string): JsonObject {
  return { type: 'string', description, pattern, patternErrorMessage };
}
