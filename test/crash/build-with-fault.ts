// Builds the specification in argv[4] in a store and prints one line on how it ended. With options for strace in argv[5] keepers run under it.
import { ContractorError } from '../../errors.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { watchEffects } from './effects.ts';
import { keeperUnder } from './keeper-trace.ts';

const [, , store = '', directory = '', spec = '', strace] = process.argv;
console.log('begins');
if (strace !== undefined) {
  const options = JSON.parse(strace) as string[];
  watchEffects(
    () => undefined,
    (program, argv) => (argv[1] === 'serve' ? keeperUnder(options, [program, ...argv]) : [program, argv]),
  );
}
const supervisor = createSupervisor({ store });
try {
  const run = await supervisor.build({ value: JSON.parse(spec) as unknown, directory }, { noCache: true });
  console.log(`ended ${await run.result}`);
} catch (error) {
  if (!(error instanceof ContractorError)) throw error;
  console.log(`refused ${error.code} ${error.message.replaceAll('\n', ' ')}`);
} finally {
  await supervisor.close();
}
