// Builds the specification in argv[4], as the file build.yaml of argv[3], in a store, for tests that kill the builder;
// with the actions that a module exports, whose path is argv[5].
import { join } from 'node:path';
import type { OwnAction } from '../../actions/own/own-action.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';

const [, , store = '', directory = '', text = '', module] = process.argv;
const { actions = [] } =
  module === undefined ? {} : ((await import(module)) as { readonly actions: readonly OwnAction[] });
const run = await createSupervisor({ store, actions }).build(
  { text, fileName: join(directory, 'build.yaml') },
  { noCache: true },
);
for await (const event of run.events()) {
  if (event.type === 'step-started') console.log(`${run.id} ${event.step}`);
  if (event.type === 'step-waiting') console.log(`${run.id} waiting`);
}
