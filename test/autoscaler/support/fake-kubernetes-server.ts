import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SystemClock } from '#shared/clock.ts';
import { DEPLOYMENT, NAMESPACE, podObject, SELECTOR, type FakeEvent, type FakeKubernetes } from './fake-kubernetes.ts';

const clock = new SystemClock();

/** What becomes of a request. `lost`: it is carried out, and nobody hears the answer. */
export type Fate = 'ok' | 409 | 429 | 500 | 403 | 'drop' | 'lost' | 'slow' | 'hang';

const SLOW_MS = 20;
const TOKEN = 'a-token';

/** A fake cluster behind real HTTP, with the faults that a test scripts. */
export class FakeKubernetesServer {
  readonly #cluster: FakeKubernetes;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  /** Asked for each request, which is `METHOD path`. */
  fate: (request: string) => Fate = () => 'ok';
  retryAfter = '0.02';
  url = '';

  constructor(cluster: FakeKubernetes) {
    this.#cluster = cluster;
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

  /** JSON is YAML too. The client refuses plain HTTP unless certificates are not checked. */
  get kubeconfig(): string {
    return JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'fake' },
      clusters: [{ name: 'fake', cluster: { server: this.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'me', user: { token: TOKEN } }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'me', namespace: NAMESPACE } }],
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', this.url);
    const called = `${request.method} ${url.pathname}`;
    const fate = this.fate(called);
    if (fate === 'hang') return;
    if (fate === 'slow') await clock.sleep(SLOW_MS);
    if (fate === 'drop') request.socket.destroy();
    else if (typeof fate === 'number') {
      if (fate === 429) response.setHeader('retry-after', this.retryAfter);
      end(response, fate, status(fate, 'told to'));
    } else if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      end(response, 401, status(401, 'Unauthorized'));
    } else {
      if (fate === 'lost') response.writeHead = () => response.destroy();
      this.#route({ called, query: url.searchParams, body: Buffer.concat(chunks).toString(), response });
    }
  }

  #route({ called, query, body, response }: Call): void {
    const scale = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${DEPLOYMENT}/scale`;
    const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;
    if (called === `GET ${scale}`) end(response, 200, this.#scale());
    else if (called === `PATCH ${scale}`) this.#patchScale(body, response);
    else if (called === `GET ${pods}`) {
      if (query.get('watch') === 'true') this.#watch(Number(query.get('resourceVersion')), response);
      else this.#list(query.get('labelSelector'), response);
    } else if (called.startsWith(`PATCH ${pods}/`))
      this.#patchPod(called.slice(`PATCH ${pods}/`.length), body, response);
    else end(response, 404, status(404, `${called} not found`));
  }

  #scale(): object {
    const { replicas, scaleVersion, pods } = this.#cluster;
    return {
      ...{ kind: 'Scale', apiVersion: 'autoscaling/v1' },
      metadata: { name: DEPLOYMENT, namespace: NAMESPACE, resourceVersion: String(scaleVersion) },
      // Zero is left out, as Go's omitempty does.
      spec: replicas === 0 ? {} : { replicas },
      status: { replicas: pods.size, selector: SELECTOR },
    };
  }

  #patchScale(body: string, response: ServerResponse): void {
    const patch = JSON.parse(body) as { metadata?: { resourceVersion?: string }; spec: { replicas: number } };
    if (this.#cluster.scaleFrom(patch.metadata?.resourceVersion, patch.spec.replicas))
      end(response, 200, this.#scale());
    else
      end(response, 409, status(409, 'the object has been modified; please apply your changes to the latest version'));
  }

  #list(selector: string | null, response: ServerResponse): void {
    const items = selector === SELECTOR ? [...this.#cluster.pods.values()].map(podObject) : [];
    end(response, 200, { kind: 'PodList', metadata: { resourceVersion: String(this.#cluster.version) }, items });
  }

  #patchPod(name: string, body: string, response: ServerResponse): void {
    const pod = this.#cluster.pods.get(name);
    const patch = JSON.parse(body) as { metadata: { annotations: Record<string, string | null> } };
    if (pod === undefined) end(response, 404, status(404, `pods "${name}" not found`));
    else {
      this.#cluster.annotate(pod, patch.metadata.annotations);
      end(response, 200, podObject(pod));
    }
  }

  #watch(from: number, response: ServerResponse): void {
    const open: FakeEvent[] = [];
    let write = (event: FakeEvent): void => void open.push(event);
    const stop = this.#cluster.watch(from, {
      event: (event) => write(event),
      end(expired) {
        if (expired) response.end(lineOf({ type: 'ERROR', object: gone }));
        else response.destroy();
      },
    });
    if (stop === null) {
      end(response, 410, gone);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    if (response.destroyed) return;
    response.flushHeaders();
    write = (event) => void response.write(lineOf(event));
    for (const event of open) write(event);
    response.on('close', stop);
  }
}

interface Call {
  readonly called: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly response: ServerResponse;
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
  if (!response.destroyed) response.end(JSON.stringify(body));
}
