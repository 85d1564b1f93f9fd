import type { Command } from 'commander';
import type { Context } from './context.ts';
import { printRows } from './print.ts';
import { ownCommand, withSupervisor } from './with-supervisor.ts';

/** The options of `contractor inspect`. */
export interface InspectOptions {
  readonly port?: number;
  readonly tokenFile?: string;
}

/** What `contractor inspect` does. */
export async function runInspect(
  { run, options }: { readonly run: string | undefined; readonly options: InspectOptions },
  { context, command }: { readonly context: Context; readonly command: Command },
): Promise<void> {
  const { serveInspector } = await import('../inspector/server/serve-inspector.ts');
  await withSupervisor({ context, command }, async (supervisor) => {
    const shown = run === undefined ? undefined : supervisor.summary(run).id;
    const inspector = await serveInspector(supervisor, {
      command: ownCommand(command),
      ...options,
      ...(shown === undefined ? {} : { run: shown }),
    });
    printRows(
      [
        { left: [['strong', inspector.url]] },
        { left: [['faint', `For \`--inspect\` and other programs with XState 5: ${inspector.socketUrl}`]] },
        ...(options.tokenFile === undefined
          ? []
          : [
              {
                left: [['faint', `For Prometheus, with the token as a bearer token: ${inspector.metricsUrl}`] as const],
              },
            ]),
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
