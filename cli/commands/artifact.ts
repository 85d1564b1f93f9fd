import type { Command } from 'commander';
import type { ArtifactShelf } from '../../index.ts';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { EXIT } from '../exit-status.ts';
import { addArtifactDiff } from './diff.ts';
import { addPrune, addPull, addPush } from './exchange.ts';
import type * as Print from '../print.ts';

export function addArtifact(program: Command, context: Context): void {
  const artifact = program
    .command('artifact')
    .summary('list, show, compare, export, import, push, pull, keep, remove and verify artifacts')
    .description(
      'Works with the artifacts of the store. ARTIFACT is a name, for the newest version, or a name and a version: hello@3.',
    )
    .helpCommand(false);
  addList(artifact, context);
  addShow(artifact, context);
  addExport(artifact, context);
  addImport(artifact, context);
  addRemove(artifact, context);
  addKeep(artifact, context);
  addVerify(artifact, context);
  addPush(artifact, context);
  addPull(artifact, context);
  addPrune(artifact, context);
  addProvenance(artifact, context);
  addArtifactDiff(artifact, context);
}

function addList(artifact: Command, context: Context): void {
  artifact
    .command('list')
    .summary('list the artifacts')
    .description('Lists the artifacts of the store by name, the newest version first.')
    .option('--json', 'print them as JSON')
    .addHelpText('after', examples([['contractor artifact list', 'all of them']]))
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      const { artifactRows } = await import('../listings/artifact-rows.ts');
      await withShelf({ context, command }, (shelf, { printJson, printRows }) => {
        if (json) printJson(shelf.list(), context);
        else printRows(artifactRows(shelf.list()), context);
      });
    });
}

function addShow(artifact: Command, context: Context): void {
  artifact
    .command('show')
    .summary('show one artifact')
    .description(
      'Shows one version of an artifact: its digest, its size, where it was made, where its tree lies; and of a system tree\n' +
        'the packages in it, and where they came from.',
    )
    .argument('<artifact>', 'its name, or name@version')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      examples([
        ['contractor artifact show unstable-systree', 'the newest version'],
        ['contractor artifact show unstable-systree@3', 'the third'],
      ]),
    )
    .action(async (reference: string, { json }: { json?: boolean }, command: Command) => {
      const { detailRows } = await import('../listings/artifact-rows.ts');
      await withShelf({ context, command }, (shelf, { printJson, printRows }) => {
        const shown = shelf.show(reference);
        if (json) printJson(shown, context);
        else printRows(detailRows(shown), context);
      });
    });
}

function addExport(artifact: Command, context: Context): void {
  artifact
    .command('export')
    .summary('write an artifact to an archive or a directory')
    .description(
      'Writes an artifact to a tar archive (compressed with zstd if its name ends in .zst), or to a directory if PATH is one or\n' +
        'ends in /. What is there already is not written over.',
    )
    .argument('<artifact>', 'its name, or name@version')
    .argument('<path>', 'the archive or directory to write')
    .addHelpText(
      'after',
      examples([
        ['contractor artifact export hello hello.tar.zst', 'as a compressed archive'],
        ['contractor artifact export hello@3 hello/', 'as a directory'],
      ]),
    )
    .action(async (reference: string, path: string, _options: object, command: Command) => {
      const { resolve } = await import('node:path');
      const { sizeText } = await import('../text/size-text.ts');
      await withShelf({ context, command }, async (shelf) => {
        // A slash at the end says that a directory is meant; resolve() would take it off.
        const target = `${resolve(context.workingDirectory, path)}${path.endsWith('/') ? '/' : ''}`;
        const { bytes } = await shelf.exportTo(reference, target);
        context.stdout.write(`exported ${reference} to ${path} (${sizeText(bytes)})\n`);
      });
    });
}

function addImport(artifact: Command, context: Context): void {
  artifact
    .command('import')
    .summary('make an artifact from an archive or a directory')
    .description('Makes a new version of an artifact from a tar archive (plain, gzip, xz or zstd) or from a directory.')
    .argument('<name>', 'the name of the artifact')
    .argument('<path>', 'the archive or directory to read')
    .addHelpText('after', examples([['contractor artifact import hello hello.tar.zst', 'a new version of hello']]))
    .action(async (name: string, path: string, _options: object, command: Command) => {
      const { resolve } = await import('node:path');
      const { sizeText } = await import('../text/size-text.ts');
      await withShelf({ context, command }, async (shelf) => {
        const { version, isNew, sizeBytes } = await shelf.importFrom(name, resolve(context.workingDirectory, path));
        const what = isNew ? `imported ${path} as` : `${path} is the same as`;
        context.stdout.write(`${what} ${name}@${version} (${sizeText(sizeBytes)})\n`);
      });
    });
}

function addRemove(artifact: Command, context: Context): void {
  artifact
    .command('rm')
    .summary('remove an artifact')
    .description(
      'Removes one version of an artifact. Refuses as long as a run that has not ended uses it, and when it is kept.',
    )
    .argument('<artifact>', 'its name, for the newest version, or name@version')
    .addHelpText('after', examples([['contractor artifact rm hello@2', 'the second version']]))
    .action(async (reference: string, _options: object, command: Command) => {
      const { sizeText } = await import('../text/size-text.ts');
      await withShelf({ context, command }, async (shelf) => {
        const { freedBytes } = await shelf.remove(reference);
        context.stdout.write(`removed ${reference}, freed ${sizeText(freedBytes)}\n`);
      });
    });
}

function addKeep(artifact: Command, context: Context): void {
  artifact
    .command('keep')
    .summary('keep a version of an artifact, whatever gc removes')
    .description(
      'Keeps one version of an artifact: `contractor gc` passes over it, and `artifact rm` refuses, until it is released.',
    )
    .argument('<artifact>', 'its name, for the newest version, or name@version')
    .option('--release', 'keep it no more')
    .addHelpText(
      'after',
      examples([
        ['contractor artifact keep hello@2', 'the second version'],
        ['contractor artifact keep --release hello@2', 'leave it to gc again'],
      ]),
    )
    .action(async (reference: string, { release = false }: { release?: boolean }, command: Command) => {
      await withShelf({ context, command }, (shelf) => {
        const { name, version } = shelf.keep(reference, { release });
        context.stdout.write(`${release ? 'released' : 'kept'} ${name}@${version}\n`);
      });
    });
}

function addVerify(artifact: Command, context: Context): void {
  artifact
    .command('verify')
    .summary('check that an artifact is as it was made')
    .description(
      'Reads a whole artifact and compares it with its digest; and the record of how it came about, with the digests in it.\n' +
        'Exit status: 0 it is as it was made, 1 it is damaged, or that record is.',
    )
    .argument('<artifact>', 'its name, or name@version')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', examples([['contractor artifact verify unstable-systree', 'the newest version']]))
    .action(async (reference: string, { json }: { json?: boolean }, command: Command) => {
      const { countText } = await import('../text/count-text.ts');
      await withShelf({ context, command }, async (shelf, { printJson, printRows }) => {
        const verified = await shelf.verify(reference);
        const { ok, problems, provenance } = verified;
        if (!ok) context.exitStatus = EXIT.failed;
        if (json) printJson(verified, context);
        else if (problems.length === 0) {
          const { verifiedRows } = await import('../listings/artifact-rows.ts');
          printRows(verifiedRows(reference, provenance), context);
        } else {
          printRows(
            problems.map(({ path, problem }) => ({ left: [['plain', `${path}: ${problem}`]] })),
            context,
          );
          printRows(
            [
              { left: [['bad', `${reference} is damaged: ${countText(problems.length, 'problem')}`]] },
              { left: [['plain', 'Have it forgotten with `contractor doctor --store --mend`, then build again.']] },
            ],
            context,
          );
        }
      });
    });
}

function addProvenance(artifact: Command, context: Context): void {
  artifact
    .command('provenance')
    .summary('print how an artifact came about')
    .description(
      'Prints the statement that was recorded when the artifact was made: what of, by which steps, how these were isolated; an\n' +
        'in-toto Statement v1 with a predicate of SLSA provenance v1, as JSON. It is not signed.',
    )
    .argument('<artifact>', 'its name, or name@version')
    .addHelpText(
      'after',
      examples([['contractor artifact provenance hello > hello.provenance.json', 'to go with an exported archive']]),
    )
    .action(async (reference: string, _options: object, command: Command) => {
      await withShelf({ context, command }, (shelf) => {
        context.stdout.write(shelf.provenance(reference).statement);
      });
    });
}

async function withShelf(
  invocation: { readonly context: Context; readonly command: Command },
  use: (shelf: ArtifactShelf, print: typeof Print) => void | Promise<void>,
): Promise<void> {
  const [{ withSupervisor }, print] = await Promise.all([import('../with-supervisor.ts'), import('../print.ts')]);
  await withSupervisor(invocation, ({ artifacts }) => use(artifacts, print));
}
