import { lineSchema } from '../spec-schema/names.ts';
import type { JsonObject, Step } from '../spec-schema/build-spec.ts';
import { findProgramIfAny } from '../sandbox/programs.ts';
import type { VettedToolPolicy } from '../sandbox/policy.ts';
import type { Action, ResolvedInput } from './action.ts';
import { RESOLVED } from './debootstrap-argv.ts';
import type { Bootstrap } from './debootstrap-argv.ts';
import { DebootstrapProgress } from './debootstrap-progress.ts';
import { bootstrapScript, PROXY_NAMES } from './debootstrap-script.ts';
import { followLines } from './follow-lines.ts';
import { HTTP_ADDRESS_PATTERN, HTTP_ADDRESS_WORDS } from './http-address.ts';
import { hostAptOptions, hostSources, mirrorFor, ubuntuSuites } from './host-mirror.ts';
import { logTail } from './log-tail.ts';
import { explained, outcomeOfExit } from './outcome-of-exit.ts';
import { optionalText, text, texts } from './parameters.ts';
import { reachablePorts } from './ports.ts';
import { releaseDigests } from './release-digests.ts';
import { isTemporaryOfBootstrap } from './temporary-failure.ts';
import { unnamedPort, unnamedPortHint } from './unnamed-port.ts';
import { withoutCredentials } from './without-credentials.ts';

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
      architecture: named(
        "The architecture of the packages, by Debian's name. Default: the host's.",
        '^[a-z0-9][a-z0-9-]{0,30}$',
        'must be an architecture, such as `amd64` or `arm64`',
      ),
    },
    required: ['suite'],
    titleParameter: 'suite',
  },
  isolation: (step) => ({
    runsIn: 'vetted-tool',
    network: true,
    reads: ['programs and configuration of the host', optionalText(step, 'mirror') ?? "the host's package mirror"],
    writes: ['workspace'],
  }),
  policy: policyOf,
  outside: {
    question: (step) =>
      `the package lists of ${text(step, 'suite')} in ${optionalText(step, 'mirror') ?? "the host's mirror"}`,
    isRemote: () => true,
    ask: async (step, { signal }) => {
      const [sources, aptOptions] = await Promise.all([hostSources(), hostAptOptions()]);
      const { suite, mirror } = bootstrapOf(step, { sources, aptOptions });
      // Where the tool chooses a mirror by itself, nobody can say what it will read.
      if (mirror === undefined) return undefined;
      const told = await releaseDigests([{ url: mirror.url, suite }], { aptOptions, signal });
      return told && `lists ${told}`;
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
    const bootstrap = bootstrapOf(step, { sources, aptOptions });
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
    const ports = reachablePorts([bootstrap.mirror?.url ?? '', ...aptOptions, ...Object.values(PROXIES)]);
    const exit = await context
      .runSandboxed({
        layer,
        policy: { ...policyOf(step), ports },
        ...bootstrapScript(bootstrap, tool),
      })
      .finally(() => ended.abort());
    await followed;
    const outcome = outcomeOfExit(exit, step);
    if (outcome.type === 'failed') {
      const log = logTail(context.logFile);
      const port = unnamedPort(log, ports);
      const hint = port === undefined ? hintFor(log, bootstrap) : unnamedPortHint(port, { key: 'mirror', ports });
      return { outcome: explained(outcome, { hint, temporary: isTemporaryOfBootstrap(log) }), tree };
    }
    if (outcome.type !== 'succeeded') return { outcome, tree };
    return {
      outcome,
      resolved: resolvedIn(logTail(context.logFile), bootstrap),
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

/**
 * The digests of the signed lists that the tree was made of, as mmdebstrap's last hook has told them: what scripts of
 * packages have written stands before. debootstrap tells none.
 */
function resolvedIn(log: string, { suite, mirror, components, packages, variant }: Bootstrap): ResolvedInput[] {
  const uri = mirror === undefined ? `deb:${suite}` : `deb:${withoutCredentials(mirror.url)}`;
  const annotations = { suite, variant, components: components.join(' '), packages: packages.join(' ') };
  const told = log.slice(log.lastIndexOf('I: running --customize-hook'));
  const lists = [...told.matchAll(new RegExp(`^${RESOLVED}([0-9a-f]{64})  (\\S+)$`, 'gm'))];
  if (lists.length === 0) return [{ uri, annotations }];
  return lists.map(([, sha256 = '', file = '']) => ({
    uri,
    digest: { sha256 },
    annotations: { of: `InRelease ${file}`, ...annotations },
  }));
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
    reads: [],
  };
}

function bootstrapOf(
  step: Step,
  host: { readonly sources: Parameters<typeof mirrorFor>[1]; readonly aptOptions: readonly string[] },
): Bootstrap {
  const suite = text(step, 'suite');
  const url = optionalText(step, 'mirror');
  const known = mirrorFor(suite, host.sources, ubuntuSuites());
  const mirror = url === undefined ? known : { ...known, url };
  const architecture = optionalText(step, 'architecture');
  const components = texts(step, 'components');
  return {
    suite,
    variant: optionalText(step, 'variant') ?? 'minbase',
    packages: texts(step, 'packages'),
    components: components.length === 0 ? ['main'] : components,
    aptOptions: host.aptOptions,
    ...(architecture === undefined ? {} : { architecture }),
    ...(mirror === undefined ? {} : { mirror }),
  };
}

function hintFor(tail: string, { suite, mirror }: Bootstrap): string | undefined {
  const key = /NO_PUBKEY ([0-9A-F]+)/.exec(tail)?.[1];
  if (
    key !== undefined ||
    /(keyring|signature).*(not found|invalid|unknown)|is not signed|Unable to locate.*keyring/i.test(tail)
  ) {
    return `This host has no key for \`${suite}\`${key === undefined ? '' : ` (${key})`}: install debian-archive-keyring or ubuntu-keyring, whichever distribution it is of.`;
  }
  if (/is expired|not valid yet/.test(tail)) return "The mirror is out of date, or this host's clock is wrong.";
  const missing = /Unable to locate package (\S+)/.exec(tail)?.[1] ?? /Couldn't find these debs: (.+)/.exec(tail)?.[1];
  if (missing !== undefined) return `\`${suite}\` has no package \`${missing}\`.`;
  // wget also says 404 of files that debootstrap then finds by another name.
  if (/does not have a Release file|404 +Not Found/.test(tail) && !isTemporaryOfBootstrap(tail)) {
    return `The mirror ${mirror?.url ?? ''} has no suite \`${suite}\`; correct \`suite\`, or name a \`mirror\` that has it.`;
  }
  if (/Could not resolve|Failed to connect|Temporary failure|Connection (refused|timed out)/i.test(tail)) {
    return `The mirror ${mirror?.url ?? ''} could not be reached from this host.`;
  }
  return undefined;
}

function named(description: string, pattern: string, patternErrorMessage: string): JsonObject {
  return { type: 'string', description, pattern, patternErrorMessage };
}
