import { defineAction } from '../../../actions/own/define-action.ts';
import type { OwnAction } from '../../../actions/own/own-action.ts';

/** A script in a container, as an own action. */
export const script: OwnAction = defineAction({
  name: 'script',
  description: 'Runs a script that is a file.',
  version: '1',
  parameters: {
    lines: { type: 'array', items: { type: 'string' }, description: 'The lines of it.' },
    greeting: { type: 'string', enum: ['hello', 'bye'], default: 'hello', description: 'What it finds as GREETING.' },
  },
  required: ['lines'],
  isolation: { runsIn: 'container' },
  command: ({ lines, greeting }) => ({
    command: ['/bin/sh', '-eu', '/run/lines'],
    environment: { GREETING: greeting as string },
    files: { lines: (lines as string[]).join('\n') },
  }),
  temporaryStatus: [75],
});

/** A program of the host, without network. */
export const look: OwnAction = defineAction({
  name: 'look',
  description: 'Tells what it sees of the host and of its networks.',
  version: '1',
  isolation: { runsIn: 'vetted-tool', network: false },
  tools: ['cat'],
  command: () => ({
    command: ['/bin/sh', '-euc', 'cat /proc/net/dev | tee devices; ls /home /root 2>&1 | tee homes; pwd', 'sh'],
  }),
});

/** What the code of this program says, for each word. */
export const speak: OwnAction = defineAction({
  name: 'speak',
  description: 'Does what a word says.',
  version: '1',
  parameters: { word: { type: 'string', description: 'What to do.' } },
  required: ['word'],
  isolation: { runsIn: 'contractor' },
  run: async ({ word }, context) => {
    context.log(`asked to ${word as string}`);
    context.progress({ label: word as string, done: 1, total: 2 });
    switch (word) {
      case 'write':
        return {
          files: { 'deep/down/note.txt': 'noted\n', top: new Uint8Array([65, 10]) },
          resolved: [{ uri: 'https://example.org/word', digest: { sha256: 'ab' } }],
        };
      case 'throw':
        throw new Error('the service\nsaid no');
      case 'fail':
        return { failed: 'it is not to be had', hint: 'Ask again.' };
      case 'hang':
        return await new Promise(() => undefined);
      case 'function':
        return { resolved: [() => 1] } as never;
      case 'class':
        return new Map() as never;
      case 'outside':
        return { files: { '../out': 'x' } };
      default:
        return undefined;
    }
  },
});

export const actions: readonly OwnAction[] = [script, look, speak];
