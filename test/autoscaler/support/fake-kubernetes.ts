import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SystemClock } from '#shared/clock.ts';

const clock = new SystemClock();

/** What becomes of a request. `lost`: it is carried out, and nobody hears the answer. */
export type Fate = 'ok' | 409 | 429 | 500 | 403 | 'drop' | 'lost' | 'slow' | 'hang';

export interface FakePod {
  readonly name: string;
  phase: 'Pending' | 'Running';
  ready: boolean;
  /** Its controller has chosen it, and it has not ended yet. */
  leaving: boolean;
  annotations: Record<string, string>;
  version: number;
  readonly created: number;
}

interface Watcher {
  readonly response: ServerResponse;
}

export const NAMESPACE = 'farmhand-workers';
const DEPLOYMENT = 'worker';
const SELECTOR = 'app=worker';
const COST = 'controller.kubernetes.io/pod-deletion-cost';
const SLOW_MS = 20;

/**
 * The part of a Kubernetes API server that a scaler talks to, over real HTTP, with one Deployment, its ReplicaSet controller
 * (which acts when `reconcile` is called) and the faults that a test scripts.
 */
export class FakeKubernetes {
  readonly pods = new Map<string, FakePod>();
  /** `METHOD path` of each request, without its query. */
  readonly requests: string[] = [];
  /** Asked for each request. */
  fate: (request: string) => Fate = () => 'ok';
  retryAfter = '0.02';
  /** Told of each pod that the controller has chosen. */
  onChosen: (pod: FakePod) => void = () => undefined;
  replicas: number;
  url = '';
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #watchers = new Set<Watcher>();
  #history: { readonly version: number; readonly type: string; readonly object: object }[] = [];
  #version = 1;
  #scaleVersion = 1;
  /** Events up to here are forgotten. */
  #forgotten = 0;
  #born = 0;

  constructor(replicas: number) {
    this.replicas = replicas;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** For KubeConfig: it refuses plain HTTP unless certificates are not checked. */
  get kubeconfig(): string {
    return JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'fake' },
      clusters: [{ name: 'fake', cluster: { server: this.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'me', user: { token: 'a-token' } }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'me', namespace: NAMESPACE } }],
    });
  }

  /** Somebody else's `kubectl scale`. */
  scaleBy(who: number): void {
    this.replicas = who;
    this.#scaleVersion = this.#version += 1;
  }

  /** The kubelet's word on a pod. */
  report(pod: FakePod, status: Partial<Pick<FakePod, 'phase' | 'ready'>>): void {
    if (Object.entries(status).every(([key, value]) => pod[key as 'ready'] === value)) return;
    Object.assign(pod, status);
    this.#tell('MODIFIED', pod);
  }

  /** What the ReplicaSet controller and the garbage collector do about what there is now. */
  reconcile(): void {
    for (const pod of this.pods.values()) {
      if (!pod.leaving) continue;
      this.pods.delete(pod.name);
      this.#tell('DELETED', pod);
    }
    const active = [...this.pods.values()];
    for (let missing = this.replicas - active.length; missing > 0; missing -= 1) this.#create();
    for (const pod of active.sort(inOrderOfDeletion).slice(0, Math.max(0, active.length - this.replicas))) {
      pod.leaving = true;
      this.#tell('MODIFIED', pod);
      this.onChosen(pod);
    }
  }

  /** The server forgets what it would need to go on with any watch: the next one is answered 410. */
  compact(): void {
    this.#forgotten = this.#version;
    this.#history = [];
  }

  /** Ends all watches; `told`: with an ERROR event that says 410. */
  dropWatches({ told = false } = {}): void {
    for (const { response } of this.#watchers) {
      if (told) response.end(`${JSON.stringify({ type: 'ERROR', object: gone })}\n`);
      else response.destroy();
    }
    this.#watchers.clear();
  }

  get watches(): number {
    return this.#watchers.size;
  }

  #create(): void {
    const name = `worker-5d4f8b7c9d-${(this.#born += 1).toString(36).padStart(5, '0')}`;
    const fresh = { leaving: false, annotations: {}, version: 0, created: this.#born };
    const pod: FakePod = { name, phase: 'Pending', ready: false, ...fresh };
    this.pods.set(name, pod);
    this.#tell('ADDED', pod);
  }

  #tell(type: string, pod: FakePod): void {
    pod.version = this.#version += 1;
    const event = { version: pod.version, type, object: podObject(pod) };
    this.#history.push(event);
    for (const { response } of this.#watchers) response.write(lineOf(event));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', this.url);
    const called = `${request.method} ${url.pathname}`;
    this.requests.push(called);
    const fate = this.fate(called);
    if (fate === 'hang') return;
    if (fate === 'slow') await clock.sleep(SLOW_MS);
    if (fate === 'drop') request.destroy();
    else if (typeof fate === 'number') {
      if (fate === 429) response.setHeader('retry-after', this.retryAfter);
      end(response, fate, status(fate, 'told to'));
    } else {
      if (fate === 'lost') response.end = () => response.destroy();
      this.#route({ called, url, body: Buffer.concat(chunks).toString(), response, request });
    }
  }

  #route({ called, url, body, response, request }: Routed): void {
    const scale = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${DEPLOYMENT}/scale`;
    const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;
    if (request.headers.authorization !== 'Bearer a-token') end(response, 401, status(401, 'Unauthorized'));
    else if (called === `GET ${scale}`) end(response, 200, this.#scale());
    else if (called === `PATCH ${scale}`) this.#patchScale(body, response);
    else if (called === `GET ${pods}` && url.searchParams.get('watch') === 'true') this.#watch(url, response);
    else if (called === `GET ${pods}`) {
      const items = url.searchParams.get('labelSelector') === SELECTOR ? [...this.pods.values()].map(podObject) : [];
      end(response, 200, { kind: 'PodList', metadata: { resourceVersion: String(this.#version) }, items });
    } else if (called.startsWith(`PATCH ${pods}/`))
      this.#patchPod(called.slice(`PATCH ${pods}/`.length), body, response);
    else end(response, 404, status(404, `${url.pathname} not found`));
  }

  #scale(): object {
    return {
      ...{ kind: 'Scale', apiVersion: 'autoscaling/v1' },
      metadata: { name: DEPLOYMENT, namespace: NAMESPACE, resourceVersion: String(this.#scaleVersion) },
      // Zero is left out, as Go's omitempty does.
      spec: this.replicas === 0 ? {} : { replicas: this.replicas },
      status: { replicas: this.pods.size, selector: SELECTOR },
    };
  }

  #patchScale(body: string, response: ServerResponse): void {
    const patch = JSON.parse(body) as { metadata?: { resourceVersion?: string }; spec: { replicas: number } };
    const version = patch.metadata?.resourceVersion;
    if (version !== undefined && version !== String(this.#scaleVersion)) {
      end(response, 409, status(409, 'the object has been modified; please apply your changes to the latest version'));
      return;
    }
    this.scaleBy(patch.spec.replicas);
    end(response, 200, this.#scale());
  }

  #patchPod(name: string, body: string, response: ServerResponse): void {
    const pod = this.pods.get(name);
    if (pod === undefined) {
      end(response, 404, status(404, `pods "${name}" not found`));
      return;
    }
    const { metadata } = JSON.parse(body) as { metadata: { annotations: Record<string, string | null> } };
    const merged = Object.entries({ ...pod.annotations, ...metadata.annotations });
    pod.annotations = Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null));
    this.#tell('MODIFIED', pod);
    end(response, 200, podObject(pod));
  }

  #watch(url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion'));
    if (from < this.#forgotten) {
      end(response, 410, gone);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const event of this.#history) if (event.version > from) response.write(lineOf(event));
    const watcher = { response };
    this.#watchers.add(watcher);
    response.on('close', () => this.#watchers.delete(watcher));
  }
}

interface Routed {
  readonly called: string;
  readonly url: URL;
  readonly body: string;
  readonly response: ServerResponse;
  readonly request: IncomingMessage;
}

/** Kubernetes' `ActivePodsWithRanks`, as far as these pods differ. */
function inOrderOfDeletion(a: FakePod, b: FakePod): number {
  const rank = (pod: FakePod): number[] => [
    ...[pod.phase === 'Pending' ? 0 : 1, Number(pod.ready), Number(pod.annotations[COST] ?? 0)],
    -pod.created,
  ];
  const [left, right] = [rank(a), rank(b)];
  const at = left.findIndex((value, i) => value !== right[i]);
  return at < 0 ? 0 : left[at]! - right[at]!;
}

function podObject(pod: FakePod): object {
  return {
    kind: 'Pod',
    metadata: {
      ...{ name: pod.name, namespace: NAMESPACE, resourceVersion: String(pod.version), annotations: pod.annotations },
      ...(pod.leaving && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'worker' }] },
    status: {
      phase: pod.phase,
      conditions: [{ type: 'Ready', status: pod.ready ? 'True' : 'False' }],
      containerStatuses: [
        {
          name: 'worker',
          state: pod.phase === 'Running' ? { running: {} } : { waiting: { reason: 'ContainerCreating' } },
        },
      ],
    },
  };
}

function lineOf({ type, object }: { type: string; object: object }): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function status(code: number, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code };
}

const gone = status(410, 'too old resource version');

function end(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
