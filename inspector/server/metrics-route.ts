import { PROMETHEUS_TYPE, prometheusText } from '../metrics/prometheus-text.ts';
import type { Route, RouteWorld } from './route.ts';

/** What Prometheus scrapes. */
export function metricsRoute({ shown: { counts } }: Pick<RouteWorld, 'shown'>): Record<string, Route> {
  if (counts === undefined) return {};
  return {
    'GET metrics': async ({ response }) => {
      await counts.update();
      response.writeHead(200, { 'Content-Type': PROMETHEUS_TYPE }).end(prometheusText(counts));
    },
  };
}
