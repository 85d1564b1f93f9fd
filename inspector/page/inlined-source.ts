import { logKey, type ReportData } from '../report/report-data.ts';
import type { AttemptName, Source } from './source.ts';

/** The run that this page holds itself, when it is a report. */
export async function inlinedSource(): Promise<Source | undefined> {
  const packed = document.querySelector('#contractor-report')?.textContent;
  return packed ? sourceOf((await unpacked(packed)) as ReportData) : undefined;
}

function sourceOf({ facts, events, projects, logs, receipts }: ReportData): Source {
  const linesOf = (name: AttemptName): { readonly lines: readonly string[]; readonly sizeBytes: number } => {
    const { text, sizeBytes } = logs[logKey(name)] ?? { text: '', sizeBytes: 0 };
    const lines = text.split('\n');
    return { lines: lines.at(-1) === '' ? lines.slice(0, -1) : lines, sizeBytes };
  };
  return {
    isLive: false,
    runs: () => Promise.resolve([facts.summary]),
    run: () => Promise.resolve(facts),
    follow(_, listener) {
      listener.events(events);
      listener.connection('ended');
      return () => undefined;
    },
    project(_, name) {
      const known = projects[name];
      return known === undefined
        ? Promise.reject(new Error(`The report has no project ${name}.`))
        : Promise.resolve(known);
    },
    receipt(_, name) {
      const known = receipts[logKey(name)];
      return known === undefined
        ? Promise.reject(new Error('The report has no receipt of this attempt.'))
        : Promise.resolve(known);
    },
    log(_, name, { from, count }) {
      const { lines, sizeBytes } = linesOf(name);
      const stretch = lines.slice(from, from + count).map((text) => ({ text }));
      return Promise.resolve({ total: lines.length, sizeBytes, from, lines: stretch });
    },
    find(_, name, text) {
      const wanted = text.toLowerCase();
      const { lines } = linesOf(name);
      const found = lines.flatMap((line, number) =>
        line
          .replaceAll(/\u001b\[[\d;:]*m/g, '')
          .toLowerCase()
          .includes(wanted)
          ? [number]
          : [],
      );
      return Promise.resolve({ lines: found });
    },
    workers: () => Promise.resolve([]),
    rawLog: () => undefined,
    act: () => Promise.reject(new Error('This is a report: nothing can be done to its run.')),
  };
}

async function unpacked(packed: string): Promise<unknown> {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return await new Response(stream).json();
}
