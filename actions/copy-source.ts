import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { diskRefusal } from '../errors.ts';
import { KilledFromOutside } from '../sandbox/killed-from-outside.ts';
import { lineSchema, relativePathSchema } from '../spec-schema/names.ts';
import { BUILDER } from '../sandbox/policy.ts';
import { findProgram } from '../sandbox/programs.ts';
import type { Action } from './action.ts';
import { contentsDigest } from './contents-digest.ts';
import { optionalText, text, texts } from './parameters.ts';

/**
 * Copies a directory of the host into the workspace, as it is now, uncommitted
 * changes included. The host's side reads it as the user who runs contractor; what
 * arrives belongs to the builder of the container.
 */
export const copySource: Action = {
  declaration: {
    name: 'copy-source',
    description: 'Copies a directory of this host into the workspace, uncommitted changes included.',
    parameters: {
      path: {
        ...lineSchema('The directory, relative to the directory of the specification.'),
        pattern: '^(?![-/~])[^\\u0000-\\u001f]{1,1000}$',
        patternErrorMessage: 'must be a path relative to the specification, not beginning with `/`, `~` or `-`',
      },
      directory: relativePathSchema('Where in the workspace it goes. Default: the top.'),
      exclude: {
        type: 'array',
        items: lineSchema('A shell pattern such as `node_modules` or `*.o`.'),
        description: 'What to leave out: shell patterns, matched against each name and against the path from the top.',
      },
    },
    required: ['path'],
    titleParameter: 'path',
  },
  isolation: (step) => ({
    runsIn: 'contractor',
    network: false,
    reads: [`host directory ${text(step, 'path')}`],
    writes: ['workspace'],
  }),
  hostSources: (step) => [text(step, 'path')],
  tools: ['tar'],
  outside: {
    question: (step, { specDirectory }) =>
      `files of ${resolve(specDirectory, text(step, 'path'))}${texts(step, 'exclude')
        .map((each) => `\n${each}`)
        .join('')}`,
    isRemote: () => false,
    places: (step, { specDirectory }) => [
      { directory: resolve(specDirectory, text(step, 'path')), exclude: texts(step, 'exclude') },
    ],
    ask: async (step, { specDirectory, hashes, now }) => {
      const directory = resolve(specDirectory, text(step, 'path'));
      const argv = packArgv(directory, texts(step, 'exclude'));
      const digest = await contentsDigest({ directory, argv, now }, hashes);
      return digest && `files ${digest}`;
    },
  },
  run: async (step, context) => {
    const { tree } = context;
    const path = resolve(context.specDirectory, text(step, 'path'));
    if (!(statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)) {
      return {
        outcome: {
          type: 'refused',
          code: 'SPEC_INVALID',
          message: `\`copy-source\` finds no directory at ${path}.`,
          mend: 'Correct `path`: it starts from the directory of the specification.',
        },
        tree,
      };
    }
    const layer = context.newLayer();
    const pack = spawn(findProgram('tar'), ['--create', '--file=-', ...packArgv(path, texts(step, 'exclude'))], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
      signal: context.signal,
    });
    const hash = createHash('sha256');
    pack.stdout.on('data', (chunk: Buffer) => hash.update(chunk));
    let complaints = '';
    pack.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaints += chunk));
    const packed = new Promise<{ readonly status: number; readonly isKilled: boolean }>((done) => {
      pack.once('error', () => done({ status: 2, isKilled: false }));
      pack.once('close', (code, signal) => done({ status: code ?? 2, isKilled: signal === 'SIGKILL' }));
    });
    let entries = 0;
    const unpacked = await context
      .runInIdMap({
        command: ['/bin/sh', '-eu', '-c', UNPACK, 'sh', `layers/.new-${layer}`, optionalText(step, 'directory') ?? '.'],
        input: pack.stdout,
        onLine: () => entries++,
      })
      .finally(() => pack.stdout.resume()); // What nobody reads any more would hold it up for ever.
    const { status: packStatus, isKilled } = await packed;
    if (isKilled && !context.signal.aborted) throw new KilledFromOutside('`tar`, which reads what is copied,');
    for (const line of `${complaints}${unpacked.stderr}`.split('\n').filter(Boolean)) context.log(line);
    if (context.signal.aborted) return { outcome: { type: 'cancelled' }, tree };
    const refusal = unpacked.exitCode === 0 ? undefined : diskRefusal(unpacked.stderr);
    if (refusal !== undefined) throw refusal;
    if (packStatus !== 0 || unpacked.exitCode !== 0) {
      return { outcome: { type: 'failed', exitCode: packStatus === 0 ? unpacked.exitCode : packStatus }, tree };
    }
    context.log(`copied ${path}: ${entries} files and directories`);
    context.sealLayer(layer);
    return {
      outcome: { type: 'succeeded' },
      resolved: [
        {
          uri: `file:${path}`,
          digest: { sha256: hash.digest('hex') },
          annotations: { of: 'a pax archive of the directory' },
        },
      ],
      tree: { ...tree, workspace: [...tree.workspace, { type: 'layer', id: layer }] },
      layers: [{ id: layer, kind: 'workspace' }],
    };
  },
};

function packArgv(path: string, exclude: readonly string[]): string[] {
  return [
    '--sort=name',
    '--format=pax',
    '--pax-option=delete=atime,delete=ctime',
    `--owner=:${BUILDER}`,
    `--group=:${BUILDER}`,
    '--numeric-owner',
    '--wildcards',
    '--no-anchored',
    '--wildcards-match-slash',
    ...exclude.map((pattern) => `--exclude=${pattern}`),
    `--directory=${path}`,
    '.',
  ];
}

const UNPACK = `
top=$1 directory=$2
mkdir "$top"
chown ${BUILDER}:${BUILDER} "$top"
if [ "$directory" != . ]; then
  mkdir -p "$top/$directory"
  chown -R ${BUILDER}:${BUILDER} "$top"
fi
exec tar --extract --file=- --directory="$top/$directory" --numeric-owner --same-owner --preserve-permissions --delay-directory-restore --verbose
`;
