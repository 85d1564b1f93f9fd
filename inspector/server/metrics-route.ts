import { PROMETHEUS_TYPE, prometheusText } from '../metrics/prometheus-text.ts';
import { RunCounts } from '../metrics/run-counts.ts';
import type { Route, RouteWorld } from './route.ts';

/** What Prometheus scrapes. */
export function metricsRoute({ supervisor }: Pick<RouteWorld, 'supervisor'>): Record<string, Route> {
  const counts = new RunCounts(supervisor);
  return {
    'GET metrics': async ({ response }) => {
      await counts.update();
      response.writeHead(200, { 'Content-Type': PROMETHEUS_TYPE }).end(prometheusText(counts));
    },
  };
}
