import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { ContractorError } from '../../errors.ts';
import type { AttemptReference, Receipt, Supervisor } from '../../index.ts';
import { pageFiles } from '../page-files.ts';
import { projectFacts } from '../server/project-facts.ts';
import { logExcerpt } from './log-excerpt.ts';
import { logKey } from './report-data.ts';
import type { ReportData, ReportLog } from './report-data.ts';

/** What a report is made with. */
export interface ReportOptions {
  /** How a person calls contractor on the store. */
  readonly command: string;
  /** Of a larger log only its beginning and end are kept, together so many bytes. */
  readonly logBytes: number;
  readonly now: number;
}

/**
 * A run as one HTML file that needs nothing else: the page of the inspector with all
 * that it would ask for. Its policy admits the one script and the one style that it
 * holds, by their hashes; the data is compressed, and no markup whatever is in it.
 */
export async function reportHtml(
  supervisor: Supervisor,
  run: string | undefined,
  options: ReportOptions,
): Promise<string> {
  const { css, script } = await pageFiles();
  const data = await reportData(supervisor, run, options);
  const packed = gzipSync(JSON.stringify(data)).toString('base64');
  // What would end the element is written so that it does not.
  const code = script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(code)}'`,
    `style-src '${hashOf(css)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>contractor</title>
<link rel="icon" href="data:,">
<style>${css}</style>
</head>
<body>
<noscript>This page needs JavaScript.</noscript>
<script type="application/gzip" id="contractor-report">${packed}</script>
<script>${code}</script>
</body>
</html>
`;
}

async function reportData(
  supervisor: Supervisor,
  run: string | undefined,
  { command, logBytes, now }: ReportOptions,
): Promise<ReportData> {
  const summary = supervisor.summary(run);
  const source = supervisor.runSource(summary.id);
  const details = supervisor.run(summary.id);
  const projects: Record<string, ReportData['projects'][string]> = {};
  const logs: Record<string, ReportLog> = {};
  const receipts: Record<string, Receipt> = {};
  for (const { name, steps } of details.projects) {
    projects[name] = await projectFacts(source, name, supervisor);
    for (const { id, attempts } of steps) {
      for (const { number } of attempts) {
        const place = { project: name, step: id, attempt: number };
        const log = logExcerpt(supervisor.logFile({ run: summary.id, ...place }), logBytes);
        const receipt = await receiptOf(supervisor, { run: summary.id, ...place });
        if (receipt !== undefined) receipts[logKey(place)] = receipt;
        if (log.sizeBytes > 0) logs[logKey(place)] = log;
      }
    }
  }
  const facts = { summary, command, ...(source.file === undefined ? {} : { file: source.file }) };
  return { facts, writtenAt: now, events: supervisor.events(summary.id), projects, receipts, logs };
}

/** An attempt that an older contractor has run has none. */
async function receiptOf(supervisor: Supervisor, attempt: AttemptReference): Promise<Receipt | undefined> {
  try {
    return await supervisor.receipt(attempt);
  } catch (error) {
    if (error instanceof ContractorError && error.code === 'RECEIPT_UNKNOWN') return undefined;
    throw error;
  }
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
