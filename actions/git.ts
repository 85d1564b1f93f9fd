import { join, resolve } from 'node:path';
import { lineSchema, relativePathSchema } from '../spec-schema/names.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { SandboxPolicy } from '../sandbox/policy.ts';
import type { Action, HostPlace, OutsidePlace, PolicySurroundings, ResolvedInput } from './action.ts';
import { HTTP_ADDRESS_PATTERN, HTTP_ADDRESS_WORDS } from './http-address.ts';
import { logTail } from './log-tail.ts';
import { explained, outcomeOfExit } from './outcome-of-exit.ts';
import { flag, optionalText, text } from './parameters.ts';
import { reachablePorts } from './ports.ts';
import { isTemporaryOfGit } from './temporary-failure.ts';
import { unnamedPort, unnamedPortHint } from './unnamed-port.ts';
import { withoutCredentials } from './without-credentials.ts';

/** Clones a repository into the workspace with the host's git, in a sandbox with network. */
export const git: Action = {
  declaration: {
    name: 'git',
    description: 'Clones a git repository into the workspace.',
    parameters: {
      url: {
        ...lineSchema(
          'Where the repository is: an https or http address, or a path on this host, which is then read without network.',
        ),
        pattern: String.raw`^(?:${HTTP_ADDRESS_PATTERN}|\.{0,2}/[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*|\.{1,2})$`,
        patternErrorMessage: `must be ${HTTP_ADDRESS_WORDS}, or a path that begins with \`/\`, \`./\` or \`../\``,
      },
      ref: {
        ...lineSchema('The branch, tag or commit to check out. Default: what the repository calls HEAD.'),
        pattern: '^[A-Za-z0-9_][A-Za-z0-9._/+-]{0,200}$',
        patternErrorMessage:
          'must be the name of a branch or tag, or a commit: letters, digits and `._/+-`, not beginning with `-`',
      },
      directory: relativePathSchema('The directory of the workspace to clone into. Default: the top.'),
      depth: { type: 'integer', minimum: 1, description: 'How many commits of history to fetch. Default: all.' },
      submodules: { type: 'boolean', description: 'Whether to fetch submodules too. Default: false.' },
    },
    required: ['url'],
    titleParameter: 'url',
  },
  isolation: (step) => ({
    runsIn: 'vetted-tool',
    network: !isLocal(step),
    reads: ['programs and configuration of the host', text(step, 'url')],
    writes: ['workspace'],
  }),
  hostSources: (step) => (isLocal(step) ? [text(step, 'url')] : []),
  tools: ['git'],
  hostDirectories: (step) => (isLocal(step) ? [text(step, 'url')] : []),
  policy: policyOf,
  ports: (steps) => Promise.resolve(steps.map(portsOf)),
  outside: {
    question: (step, { specDirectory }) => {
      const url = isLocal(step) ? resolve(specDirectory, text(step, 'url')) : text(step, 'url');
      return `the commit of ${refOf(step)} in ${url}`;
    },
    isRemote: (step) => !isLocal(step) && !FULL_COMMIT.test(refOf(step)),
    places: (step, { specDirectory }) =>
      isLocal(step) && !FULL_COMMIT.test(refOf(step)) ? refPlaces(resolve(specDirectory, text(step, 'url'))) : [],
    ask: commitBehind,
  },
  run: async (step, context) => {
    const { tree } = context;
    const layer = context.newLayer();
    const local = isLocal(step);
    const exit = await context.runSandboxed({
      layer,
      policy: policyOf(step, context),
      files: [
        { path: '/run/clone', content: CLONE, mode: '0755' },
        { path: '/run/gitconfig', content: gitConfig(local), mode: '0644' },
      ],
      command: [
        '/bin/sh',
        '-eu',
        '/run/clone',
        local ? '/source' : text(step, 'url'),
        optionalText(step, 'ref') ?? 'HEAD',
        optionalText(step, 'directory') ?? '.',
        optionalText(step, 'depth') ?? '',
        flag(step, 'submodules') ? 'submodules' : '',
      ],
    });
    const outcome = outcomeOfExit(exit, step);
    if (outcome.type === 'failed') {
      const log = logTail(context.logFile);
      const ports = portsOf(step);
      const port = local ? undefined : unnamedPort(log, ports);
      const hint = port === undefined ? hintFor(log) : unnamedPortHint(port, { key: 'url', ports });
      const temporary = !local && port === undefined && isTemporaryOfGit(log);
      return { outcome: explained(outcome, { hint, temporary }), tree };
    }
    if (outcome.type !== 'succeeded') return { outcome, tree };
    return {
      outcome,
      resolved: [{ uri: uriOf(step), ...commitIn(logTail(context.logFile)) }],
      tree: { ...tree, workspace: [...tree.workspace, { type: 'layer', id: layer }] },
      layers: [{ id: layer, kind: 'workspace' }],
    };
  },
};

/** A commit by its whole name is the same for ever, and everywhere. */
const FULL_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

function refOf(step: Step): string {
  return optionalText(step, 'ref') ?? 'HEAD';
}

/** Where git keeps which commit a ref is: of a checkout in `.git`, of a bare repository at its top. */
function refPlaces(repository: string): readonly HostPlace[] {
  return [repository, join(repository, '.git')].flatMap((directory) => [
    { directory, names: ['HEAD', 'packed-refs'], repository },
    ...['refs', 'reftable'].map((name) => ({ directory: join(directory, name), exclude: ['*.lock'], repository })),
  ]);
}

/** The commit (of an annotated tag: the tag) that the ref of a step stands for now, as the repository itself says. */
async function commitBehind(step: Step, { askTool }: OutsidePlace): Promise<string | undefined> {
  const ref = refOf(step);
  if (FULL_COMMIT.test(ref)) return `commit ${ref}`;
  const local = isLocal(step);
  const said = await askTool({
    policy: (hostMount) => policyOf(step, { hostMount }),
    files: [{ path: '/run/gitconfig', content: gitConfig(local), mode: '0644' }],
    command: ['/usr/bin/env', 'git', 'ls-remote', '--', local ? '/source' : text(step, 'url'), ref],
    ...(local ? { hostDirectory: text(step, 'url') } : {}),
  });
  const refs = new Map(
    (said ?? '').split('\n').flatMap((line) => {
      const [, id, name] = /^([0-9a-f]{40,64})\t(\S+)$/.exec(line) ?? [];
      return id === undefined || name === undefined ? [] : [[name, id]];
    }),
  );
  // In the order in which git itself looks for a ref that is fetched.
  const id = [ref, `refs/${ref}`, `refs/tags/${ref}`, `refs/heads/${ref}`].map((name) => refs.get(name)).find(Boolean);
  return id === undefined ? undefined : `commit ${id}`;
}

function policyOf(step: Step, { hostMount }: Pick<PolicySurroundings, 'hostMount'>): SandboxPolicy {
  const local = isLocal(step);
  return {
    type: 'vetted-tool',
    identity: 'builder',
    network: !local,
    ports: portsOf(step),
    environment: GIT_ENVIRONMENT,
    reads: local ? [{ from: hostMount(text(step, 'url')), to: '/source' }] : [],
  };
}

function portsOf(step: Step): readonly number[] {
  return isLocal(step) ? [] : reachablePorts([text(step, 'url')]);
}

/** What a later build of the same commit would name. */
function uriOf(step: Step): string {
  const ref = optionalText(step, 'ref');
  return `git+${isLocal(step) ? 'file:' : ''}${withoutCredentials(text(step, 'url'))}${ref === undefined ? '' : `@${ref}`}`;
}

/** The last line of {@link CLONE}; what a server says stands behind `remote: `. */
function commitIn(log: string): Partial<ResolvedInput> {
  const commit = [...log.matchAll(/^HEAD is now ([0-9a-f]{40,64}) /gm)].at(-1)?.[1];
  return commit === undefined ? {} : { digest: { gitCommit: commit } };
}

function isLocal(step: Step): boolean {
  return /^[./]/.test(text(step, 'url'));
}

const GIT_ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/run/gitconfig',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '/bin/false',
  GIT_NO_LAZY_FETCH: '1',
};

/** All the configuration that git sees: no hooks, no helpers, few protocols. */
function gitConfig(local: boolean): string {
  return [
    '[core]\n\thooksPath = /dev/null\n\tfsmonitor = false\n\tsymlinks = true',
    '[credential]\n\thelper =',
    '[advice]\n\tdetachedHead = false',
    '[init]\n\tdefaultBranch = main',
    '[protocol]\n\tallow = never',
    ...(local
      ? ['[protocol "file"]\n\tallow = always', '[safe]\n\tdirectory = *']
      : ['[protocol "https"]\n\tallow = always', '[protocol "http"]\n\tallow = always']),
    '',
  ].join('\n');
}

// Fetching one ref is quickest; a server that does not hand out a bare commit gives everything instead.
// The clone is made in a directory of its own, so that no repository which a step left in the
// workspace, with hooks and filters of its choosing, is ever opened here.
const CLONE = `
url=$1 ref=$2 directory=$3 depth=$4 submodules=$5
if [ -e "$directory" ] && [ -n "$(ls -A -- "$directory")" ]; then
  echo "git: the directory '$directory' of the workspace is not empty" >&2
  exit 1
fi
mkdir -p -- "$directory"
cd -- "$directory"
if [ "$(pwd -P)" != "/workspace/$directory" ] && [ "$(pwd -P)" != /workspace ]; then
  echo "git: the directory '$directory' leads elsewhere through a symbolic link" >&2
  exit 1
fi
git init --quiet --template= .
git remote add -- origin "$url"
if git fetch --progress \${depth:+"--depth=$depth"} --tags --no-recurse-submodules -- origin "$ref"; then
  git checkout --quiet --detach FETCH_HEAD --
else
  echo "git: fetching everything, because the server does not give '$ref' by itself" >&2
  git fetch --progress --tags --no-recurse-submodules -- origin '+refs/heads/*:refs/remotes/origin/*'
  git checkout --quiet --detach "$ref" --
fi
if [ -n "$submodules" ]; then
  git submodule update --init --recursive \${depth:+"--depth=$depth"}
fi
git log -1 --format='HEAD is now %H %s'
`;

function hintFor(tail: string): string | undefined {
  if (/directory '.*' of the workspace is not empty/.test(tail)) {
    return 'Clone into another `directory`, or put `empty-workspace` before.';
  }
  if (/could not read Username|Authentication failed/.test(tail)) {
    return 'The server asks for a name and password. Credentials of the host are not used; clone a local path instead.';
  }
  if (/Could not resolve host|Failed to connect|timed out/i.test(tail))
    return 'The server could not be reached from this host.';
  return undefined;
}
