import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Context } from './context.ts';
import { EXIT } from './exit-status.ts';
import { faceOfBuild } from './face-of-build.ts';
import { jsonLines } from './progress/json-face.ts';
import { inspectionSender } from './run-build.ts';
import type { ShowOptions } from './show-options.ts';
import { readSpec } from './spec-file.ts';
import { neutralised } from './text/neutralised.ts';
import { listenForKeys } from './watch/watch-keys.ts';
import { jsonShow, textShow } from './watch/show-watch.ts';
import { withSupervisor } from './with-supervisor.ts';

/** The options of `contractor watch`. */
export interface WatchCommandOptions extends ShowOptions {
  readonly poll?: number;
  readonly restart?: boolean;
  readonly dependents?: boolean;
  readonly offline?: boolean;
  readonly allowSource?: readonly string[];
  readonly strict?: boolean;
}

/** What `contractor watch` does. */
export async function runWatch(
  { spec, projects, options }: { spec: string | undefined; projects: readonly string[]; options: WatchCommandOptions },
  invocation: { readonly context: Context; readonly command: Command },
): Promise<void> {
  const { context } = invocation;
  const source = await readSpec(spec, context);
  const allowed = (options.allowSource ?? []).map((path) => resolve(context.workingDirectory, path));
  for (const path of allowed)
    context.stderr.write(`contractor: steps may copy from ${neutralised(path)}, as --allow-source says\n`);
  await withSupervisor(invocation, async (supervisor) => {
    await using sender = options.inspect === undefined ? undefined : await inspectionSender(options.inspect, context);
    const watch = supervisor.watch(source, {
      ...(projects.length > 0 ? { projects } : {}),
      ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
      ...(options.poll === undefined ? {} : { pollMs: options.poll }),
      ...(options.restart === true ? { restart: true } : {}),
      ...(options.dependents === true ? { dependents: true } : {}),
      ...(options.offline === true ? { offline: true } : {}),
      ...(options.strict === true ? { strict: true } : {}),
      ...(allowed.length > 0 ? { allowSources: allowed } : {}),
      ...(sender?.inspect === undefined ? {} : { inspect: sender.inspect }),
    });
    const asSequence = options.progress === 'json-seq';
    const isForPrograms = asSequence || options.json === true || options.progress === 'json';
    const show = isForPrograms
      ? jsonShow(jsonLines({ output: context.stdout }, { asSequence }))
      : textShow(() => faceOfBuild(options, supervisor, invocation), options, context);
    let isEnding = false;
    const quit = (by: string): void => {
      if (isEnding) return context.exitNow(EXIT.interrupted);
      isEnding = true;
      if (show.isBuilding) {
        context.exitStatus = EXIT.interrupted;
        show.notice('cancelling … (Ctrl-C again to kill)');
      }
      watch.close(by);
    };
    const stopListening = context.onInterrupt(quit);
    using _ = isForPrograms
      ? undefined
      : listenForKeys({ again: () => watch.again(), quit: () => quit('user') }, context);
    try {
      for await (const event of watch) show.handle(event);
    } finally {
      show.end();
      stopListening();
    }
  });
}
