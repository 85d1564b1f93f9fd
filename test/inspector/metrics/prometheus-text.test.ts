import { expect, test } from 'vitest';
import type { Supervisor } from '../../../index.ts';
import { prometheusText } from '../../../inspector/metrics/prometheus-text.ts';
import { RunCounts } from '../../../inspector/metrics/run-counts.ts';

test('a word ends no label and no line, whatever is in it', () => {
  const counts = new RunCounts({} as Supervisor);
  counts.runs.add('a"b\\c\nd 1');
  const text = prometheusText(counts);
  expect(text).toContain('contractor_runs_total{result="a\\"b\\\\c\\nd 1"} 1\n');
});
