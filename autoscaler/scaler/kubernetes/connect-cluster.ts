import type {
  ConfigurationOptions,
  KubeConfig,
  ObservableMiddleware,
  Observable,
  RequestContext,
} from '@kubernetes/client-node';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import { clusterFailure } from './cluster-failure.ts';
import type { Cluster } from './cluster.ts';
import { DELETION_COST, podFrom } from './pod.ts';

/** 90 MB of memory and most of a second: loaded by the farms that need it alone. */
type Client = typeof import('@kubernetes/client-node');

export interface ClusterOptions {
  readonly namespace: string;
  readonly deployment: string;
  /** A file; null: where kubectl looks (KUBECONFIG, ~/.kube/config), else the pod's own service account. */
  readonly kubeconfig: string | null;
}

/** What the client falls back to when it finds no configuration at all. */
const NOWHERE = 'http://localhost:8080';

/** Reads where the API server is and who we are; the first request is the caller's. @throws CONFIG_INVALID */
export async function connectCluster(options: ClusterOptions): Promise<Cluster> {
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  try {
    if (options.kubeconfig === null) config.loadFromDefault();
    else config.loadFromFile(options.kubeconfig);
  } catch (thrown) {
    throw new FarmhandError('CONFIG_INVALID', `the kubeconfig cannot be read: ${coerceError(thrown).message}`);
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined || (server === NOWHERE && options.kubeconfig === null)) {
    throw new FarmhandError(
      'CONFIG_INVALID',
      'no cluster is configured: run in a pod with a service account, set gateway.kubeconfig to a file, or set KUBECONFIG',
    );
  }
  return clusterOf(client, config, options);
}

function clusterOf(client: Client, config: KubeConfig, { namespace, deployment: name }: ClusterOptions): Cluster {
  const apps = config.makeApiClient(client.AppsV1Api);
  const core = config.makeApiClient(client.CoreV1Api);
  const watch = new client.Watch(config);
  const target = { name, namespace };
  const ask = async <T>(what: string, request: Promise<T>): Promise<T> => {
    try {
      return await request;
    } catch (thrown) {
      throw clusterFailure(thrown, `${what} in ${namespace}`);
    }
  };
  return {
    async scale(timeoutMs) {
      const call = apps.readNamespacedDeploymentScale(target, within(client, timeoutMs));
      const { metadata, spec, status } = await ask(`reading Deployment ${name}`, call);
      return {
        replicas: spec?.replicas ?? 0,
        selector: status?.selector ?? '',
        version: metadata?.resourceVersion ?? '',
      };
    },
    async setReplicas({ replicas, version }, timeoutMs) {
      const body = { metadata: { resourceVersion: version }, spec: { replicas } };
      const call = apps.patchNamespacedDeploymentScale({ ...target, body }, merging(client, timeoutMs));
      return (await ask(`scaling Deployment ${name}`, call)).spec?.replicas ?? 0;
    },
    async pods(labelSelector, timeoutMs) {
      const call = core.listNamespacedPod({ namespace, labelSelector }, within(client, timeoutMs));
      const { items, metadata } = await ask('listing pods', call);
      return { pods: items.map(podFrom), version: metadata?.resourceVersion ?? '' };
    },
    async setDeletionCost({ pod, cost }, timeoutMs) {
      const body = { metadata: { annotations: { [DELETION_COST]: cost === null ? null : String(cost) } } };
      try {
        const call = core.patchNamespacedPod({ name: pod, namespace, body }, merging(client, timeoutMs));
        await ask(`marking pod ${pod}`, call);
      } catch (thrown) {
        if (!(thrown instanceof FarmhandError && thrown.code === 'NOT_FOUND')) throw thrown;
      }
    },
    async watchPods({ selector: labelSelector, version: resourceVersion }, { onEvent, signal }) {
      const { promise: ended, resolve: end } = Promise.withResolvers<'closed' | 'expired'>();
      const onLine = (type: string, object: WatchedObject): void => {
        if (type === 'ERROR') end(object.code === GONE ? 'expired' : 'closed');
        else if (type !== 'BOOKMARK') {
          const version = object.metadata?.resourceVersion ?? resourceVersion;
          onEvent({ kind: type === 'DELETED' ? 'gone' : 'there', pod: podFrom(object), version });
        }
      };
      const onEnd = (error: { statusCode?: number } | null): void =>
        end(error?.statusCode === GONE ? 'expired' : 'closed');
      // The server may take its time to begin: the signal ends the wait for that too.
      signal.addEventListener('abort', () => end('closed'), { once: true });
      const query = { labelSelector, resourceVersion, allowWatchBookmarks: true };
      const request = watch.watch(`/api/v1/namespaces/${namespace}/pods`, query, onLine, onEnd);
      request.catch(() => end('closed'));
      return ended.finally(() => void request.then((open) => open.abort()).catch(() => undefined));
    },
  };
}

const GONE = 410;

/** A pod, or a Status where the watch failed. */
type WatchedObject = Parameters<typeof podFrom>[0] & { readonly code?: number };

function within(client: Client, timeoutMs: number): ConfigurationOptions {
  return configured(client, (request) => request.setSignal(AbortSignal.timeout(Math.ceil(timeoutMs))));
}

function merging(client: Client, timeoutMs: number): ConfigurationOptions {
  return configured(client, (request) => {
    request.setSignal(AbortSignal.timeout(Math.ceil(timeoutMs)));
    request.setHeaderParam('Content-Type', client.PatchStrategy.MergePatch);
  });
}

/** The client's way to change one request on its way. */
function configured(client: Client, change: (request: RequestContext) => void): ConfigurationOptions {
  const observed = <T>(value: T): Observable<T> => new client.Observable(Promise.resolve(value));
  const middleware: ObservableMiddleware = {
    pre(request) {
      change(request);
      return observed(request);
    },
    post: observed,
  };
  return { middleware: [middleware], middlewareMergeStrategy: 'append' };
}
