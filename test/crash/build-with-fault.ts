// Builds the specification in argv[4] in a store and prints one line on how it ended.
import { ContractorError } from '../../errors.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';

const [, , store = '', directory = '', spec = ''] = process.argv;
console.log('begins');
const supervisor = createSupervisor({ store });
try {
  const run = await supervisor.build({ value: JSON.parse(spec) as unknown, directory });
  console.log(`ended ${await run.result}`);
} catch (error) {
  if (!(error instanceof ContractorError)) throw error;
  console.log(`refused ${error.code} ${error.message.replaceAll('\n', ' ')}`);
} finally {
  await supervisor.close();
}
