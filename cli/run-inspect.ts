import type { Command } from 'commander';
import type { ShownRuns } from '../inspector/server/shown-runs.ts';
import type { Context } from './context.ts';
import { printRows } from './print.ts';
import { databaseOption, ownCommand, ownFleetCommand, withSupervisor } from './with-supervisor.ts';

/** The options of `contractor inspect`. */
export interface InspectOptions {
  readonly port?: number;
  readonly tokenFile?: string;
}

/** What is shown, and how a person calls contractor on it. */
interface Shown {
  readonly shown: ShownRuns;
  readonly own: string;
}

/** What `contractor inspect` does. */
export async function runInspect(
  { run, options }: { readonly run: string | undefined; readonly options: InspectOptions },
  { context, command }: { readonly context: Context; readonly command: Command },
): Promise<void> {
  await withShown({ context, command }, async ({ shown, own }) => {
    const { serveInspector } = await import('../inspector/server/serve-inspector.ts');
    const first = run === undefined ? undefined : (await shown.summary(run)).id;
    const inspector = await serveInspector(shown, {
      command: own,
      ...options,
      ...(first === undefined ? {} : { run: first }),
    });
    const forPrometheus = `For Prometheus, with the token as a bearer token: ${inspector.metricsUrl}`;
    printRows(
      [
        { left: [['strong', inspector.url]] },
        { left: [['faint', `For \`--inspect\` and other programs with XState 5: ${inspector.socketUrl}`]] },
        ...(options.tokenFile === undefined || shown.counts === undefined
          ? []
          : [{ left: [['faint', forPrometheus] as const] }]),
        { left: [['faint', 'Ctrl-C ends it.']] },
      ],
      context,
    );
    await new Promise<void>((resolve) => {
      const stop = context.onInterrupt(() => {
        stop();
        resolve();
      });
    });
    await inspector.close();
  });
}

/** Opens the store of this host, or the database that workers share, for as long as `use` lasts. */
async function withShown(
  { context, command }: { readonly context: Context; readonly command: Command },
  use: (shown: Shown) => Promise<void>,
): Promise<void> {
  const url = databaseOption(command);
  await withSupervisor({ context, command }, async (supervisor) => {
    if (url === undefined) {
      const { runsOfStore } = await import('../inspector/server/runs-of-store.ts');
      await use({ shown: runsOfStore(supervisor), own: ownCommand(command) });
      return;
    }
    const [{ withFleet }, { runsOfFleet }, { scratchDirectory }] = await Promise.all([
      import('../fleet/open-fleet.ts'),
      import('./fleet/runs-of-fleet.ts'),
      import('./fleet/fleet-logs.ts'),
    ]);
    using logs = scratchDirectory();
    await withFleet(url, async (fleet) => {
      const shown = await runsOfFleet(fleet, { supervisor, directory: logs.path, now: context.now });
      await use({ shown, own: ownFleetCommand(fleet.database.name) });
    });
  });
}
