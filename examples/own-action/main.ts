/**
 * A program with actions of its own: `release-note` is code of this program, `checksums` a command of this host
 * in a sandbox without network. It builds the specification beside it; its argument is the store, which may be left out.
 *
 *     node examples/own-action/main.ts
 *
 * Outside of this checkout the import is `from 'contractor'`.
 */
import { join } from 'node:path';
import { createSupervisor, defineAction, outcomeText, readSpecFile } from '../../index.ts';

const releaseNote = defineAction({
  name: 'release-note',
  description: 'Writes the note of a release into the workspace.',
  version: '1',
  parameters: {
    release: { type: 'string', pattern: '^[0-9]+[.][0-9]+$', description: 'Which release it is, such as 1.0.' },
    changes: { type: 'array', items: { type: 'string' }, default: [], description: 'What is new in it.' },
  },
  required: ['release'],
  titleParameter: 'release',
  isolation: { runsIn: 'contractor' },
  run: ({ release, changes }, { log }) => {
    const lines = (changes as readonly string[]).map((change) => `- ${change}`);
    log(`${lines.length} changes`);
    return Promise.resolve({ files: { 'release/NEWS.md': `# ${release as string}\n\n${lines.join('\n')}\n` } });
  },
});

const checksums = defineAction({
  name: 'checksums',
  description: 'Writes the SHA-256 of each file of a directory beside them.',
  version: '1',
  parameters: { directory: { type: 'string', pattern: '^[a-z]+$', description: 'The directory in the workspace.' } },
  required: ['directory'],
  isolation: { runsIn: 'vetted-tool', network: false },
  tools: ['sha256sum'],
  command: ({ directory }) => ({
    command: ['/bin/sh', '-eu', '/run/write-sums'],
    directory: directory as string,
    files: { 'write-sums': 'sha256sum -- * > /tmp/sums\nmv /tmp/sums SHA256SUMS\ncat SHA256SUMS\n' },
  }),
});

const [store] = process.argv.slice(2);
const supervisor = createSupervisor({
  actions: [releaseNote, checksums],
  ...(store === undefined ? {} : { store }),
});
try {
  const run = await supervisor.build(readSpecFile(join(import.meta.dirname, 'build.yaml')));
  for await (const event of run.events()) {
    if (event.type === 'step-ended') console.log(`${event.step}: ${outcomeText(event.outcome)}`);
    if (event.type === 'artifact-published') console.log(`made ${event.artifact}@${event.version}`);
  }
  process.exitCode = (await run.result) === 'built' ? 0 : 1;
} finally {
  await supervisor.close();
}
