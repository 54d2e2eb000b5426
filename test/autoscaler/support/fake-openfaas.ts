import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Deployed {
  readonly definition: Readonly<Record<string, unknown>>;
  replicas: number;
}

export type Mishap = 500 | 'lost';

/**
 * Several functions behind an OpenFaaS Community Edition gateway over real HTTP, quirks included: 1 to 5 replicas, silently;
 * zeroes left out; an update that it drops is answered 200 with an empty body; scaling an unknown function is a 500.
 */
export class FakeOpenFaas {
  readonly functions = new Map<string, Deployed>();
  /** `METHOD path body` of each request that changes something. */
  readonly changes: string[] = [];
  /** Functions whose status was asked for, in order of their names. */
  get asked(): readonly string[] {
    return [...this.#asked].sort((a, b) => a.localeCompare(b));
  }

  /** What becomes of the next requests that change something; afterwards it is well again. */
  mishaps: Mishap[] = [];
  /** Images that cannot be pulled without a password: an update to one is dropped. */
  readonly privateImages = new Set<string>();
  /** Told of each function and its replicas after a change; 0: it is gone. */
  onChange: (name: string, replicas: number) => void = () => undefined;
  readonly #asked = new Set<string>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  url = '';

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

  /** Function → replicas. */
  get spread(): Record<string, number> {
    return Object.fromEntries([...this.functions].map(([name, { replicas }]) => [name, replicas]));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { pathname } = new URL(request.url ?? '/', this.url);
    if (request.method === 'GET') {
      this.#show(pathname, response);
      return;
    }
    const mishap = this.mishaps.shift();
    if (mishap === 500) {
      response.writeHead(500).end('told to');
      return;
    }
    this.changes.push(`${request.method} ${pathname} ${text}`);
    const status = this.#change(`${request.method} ${pathname}`, JSON.parse(text) as Change);
    if (mishap === 'lost') request.socket.destroy();
    else response.writeHead(status).end();
  }

  #show(path: string, response: ServerResponse): void {
    const name = path.replace('/system/function/', '');
    this.#asked.add(name);
    const found = this.functions.get(name);
    if (found === undefined) {
      response.writeHead(404).end('not found');
      return;
    }
    const { definition, replicas } = found;
    const labels = { ...(definition['labels'] as object | undefined), faas_function: name };
    const body = { ...definition, service: undefined, name, labels, replicas, availableReplicas: replicas };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  #change(called: string, body: Change): number {
    if (called === 'POST /system/functions') {
      if (this.functions.has(body.service)) return 500;
      if (this.functions.size >= 15) return 400;
      this.deploy(body);
    } else if (called === 'PUT /system/functions') {
      const found = this.functions.get(body.service);
      if (found === undefined) return 404;
      if (this.privateImages.has(body.image)) return 200;
      this.functions.set(body.service, { definition: { ...body }, replicas: found.replicas });
    } else if (called === 'DELETE /system/functions') {
      if (!this.functions.delete(body.functionName)) return 404;
      this.onChange(body.functionName, 0);
    } else {
      const name = called.replace('POST /system/scale-function/', '');
      const found = this.functions.get(name);
      if (found === undefined) return 500;
      found.replicas = Math.min(Math.max(body.replicas, 1), 5);
      this.onChange(name, found.replicas);
    }
    return 202;
  }

  deploy(definition: { readonly service: string }): void {
    this.functions.set(definition.service, { definition: { ...definition }, replicas: 1 });
    this.onChange(definition.service, 1);
  }
}

interface Change {
  readonly service: string;
  readonly image: string;
  readonly functionName: string;
  readonly replicas: number;
}
