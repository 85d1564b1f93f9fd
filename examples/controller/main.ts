/**
 * A controller: builds what is pushed to it over HTTP, and can be restarted at any time.
 *
 *     node examples/controller/main.ts settings.json
 */
import { startController } from './controller.ts';
import { readSettings } from './settings.ts';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node examples/controller/main.ts SETTINGS.json');
  process.exit(2);
}
const log = (line: string): void => console.error(`${new Date().toISOString()} ${line}`);
const controller = await startController(readSettings(file), log);
console.log(`listening at ${controller.url}`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log(`${signal}: leaving; what runs is adopted at the next start`);
    const leave = async (): Promise<never> => {
      await controller.leave().catch((error: unknown) => log(String(error)));
      process.exit(0);
    };
    void leave();
  });
}
