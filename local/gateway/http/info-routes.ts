import { machine } from 'node:os';
import type { GatewayMetrics } from '../metrics.ts';
import type { Route } from './router.ts';

/** What the gateway says of itself: /healthz, /metrics, /system/info, /system/namespaces, /system/namespace/:name. */
export function infoRoutes(options: {
  version: string;
  namespace: string;
  /** What replicas run in. */
  orchestration: string;
  metrics: GatewayMetrics;
}): Route[] {
  const { version, namespace, orchestration, metrics } = options;
  const release = { sha: '', release: version };
  return [
    { method: 'GET', path: '/healthz', handle: () => ({ status: 200, text: 'OK' }) },
    metricsRoute(metrics),
    {
      method: 'GET',
      path: '/system/info',
      handle: () => ({
        status: 200,
        json: {
          provider: { provider: 'farmhand-local', version: release, orchestration },
          version: release,
          arch: machine(),
        },
      }),
    },
    { method: 'GET', path: '/system/namespaces', handle: () => ({ status: 200, json: [namespace] }) },
    {
      method: 'GET',
      path: '/system/namespace/:name',
      handle: ({ name }) =>
        name === namespace
          ? { status: 200, json: { name, annotations: {}, labels: {} } }
          : { status: 404, text: `namespace ${name} does not exist; the one namespace is ${namespace}` },
    },
  ];
}

/** /metrics, in Prometheus' text format. */
export function metricsRoute({ registry }: GatewayMetrics): Route {
  return {
    method: 'GET',
    path: '/metrics',
    handle: async () => ({ status: 200, text: await registry.metrics(), contentType: registry.contentType }),
  };
}
