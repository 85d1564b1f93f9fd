import type { RunCounts } from './run-counts.ts';
import type { Histogram, Tally } from './tally.ts';

/** What the text is served as: https://prometheus.io/docs/instrumenting/exposition_formats/. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The counts in the text format that Prometheus reads. */
export function prometheusText(counts: RunCounts): string {
  return [
    tally('contractor_runs_total', 'Runs that ended, by result.', counts.runs),
    gauge(
      'contractor_runs_live',
      'Runs that have not ended, by where they stand.',
      [...counts.live].map(([state, count]) => [{ state }, count]),
    ),
    tally('contractor_projects_total', 'Projects that ended in a run, by result.', counts.projects),
    gauge('contractor_projects_live', 'Projects that are being built.', [[{}, counts.liveProjects]]),
    tally('contractor_steps_reused_total', 'Steps whose result was taken from an earlier run.', counts.reused),
    histogram('contractor_run_duration_seconds', 'How long runs took, by result.', counts.runSeconds),
    histogram(
      'contractor_step_duration_seconds',
      'How long attempts of steps took, by action and outcome.',
      counts.stepSeconds,
    ),
  ].join('');
}

type Labels = Readonly<Record<string, string>>;

function tally(name: string, help: string, { labels, counts }: Tally): string {
  const lines = [...counts].map(([key, count]) => sample(name, labelsOf(labels, key), count));
  return head(name, help, 'counter') + lines.join('');
}

function gauge(name: string, help: string, values: readonly (readonly [Labels, number])[]): string {
  return head(name, help, 'gauge') + values.map(([labels, value]) => sample(name, labels, value)).join('');
}

function histogram(name: string, help: string, { labels, bounds, distributions }: Histogram): string {
  const lines = [...distributions].flatMap(([key, { upTo, count, sum }]) => {
    const own = labelsOf(labels, key);
    return [
      ...bounds.map((bound, index) => sample(`${name}_bucket`, { ...own, le: String(bound) }, upTo[index] ?? 0)),
      sample(`${name}_bucket`, { ...own, le: '+Inf' }, count),
      sample(`${name}_sum`, own, sum),
      sample(`${name}_count`, own, count),
    ];
  });
  return head(name, help, 'histogram') + lines.join('');
}

const head = (name: string, help: string, type: string): string => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

function sample(name: string, labels: Labels, value: number): string {
  const parts = Object.entries(labels).map(([label, word]) => `${label}="${escaped(word)}"`);
  return `${name}${parts.length === 0 ? '' : `{${parts.join(',')}}`} ${value}\n`;
}

function labelsOf(labels: readonly string[], key: string): Labels {
  const words = JSON.parse(key) as readonly string[];
  return Object.fromEntries(labels.map((label, index) => [label, words[index] ?? '']));
}

const escaped = (word: string): string => word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
