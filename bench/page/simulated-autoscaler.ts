import type { ServerResponse } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { loadPage } from '#autoscaler/http/page.ts';
import { nameObservation, type Observation } from '#autoscaler/observation.ts';
import { SimulatedDay, type SimulatedLook } from './simulated-day.ts';

const KEPT = 1_000;
const PREFIX = '/function/autoscaler';

/** What the routes tell besides the looks; a test changes it to see what the page makes of it. */
export interface SimulatedState {
  status: Record<string, unknown>;
  policy: Record<string, unknown> | null;
  runs: readonly Record<string, unknown>[];
  models: readonly Record<string, unknown>[];
  shadow: Record<string, unknown> | null;
}

export interface SimulatedOptions {
  readonly stepS: number;
  readonly startMs: number;
  readonly port?: number;
  readonly events?: boolean;
}

/**
 * The real page over made-up routes, so that a day of steps can pass in seconds: what `farmhand bench page` looks at. Speaks as
 * the autoscaler does (docs/http.md), reading only.
 */
export class SimulatedAutoscaler {
  readonly state: SimulatedState;
  readonly #app: FastifyInstance;
  readonly #day: SimulatedDay;
  readonly #decisions: Record<string, unknown>[] = [];
  readonly #clients = new Set<ServerResponse>();
  readonly #tellsEvents: boolean;
  #last: SimulatedLook;
  #events = 0;

  /** @param options `port`: 0 takes any free one. `events`: false leaves the route of events out, as an older function does. */
  static async start(options: SimulatedOptions): Promise<SimulatedAutoscaler> {
    const addPage = await loadPage({ fn: 'autoscaler' });
    const simulated = new SimulatedAutoscaler(options);
    await simulated.#app.register(
      async (scope) => {
        addPage(scope);
        simulated.#addRoutes(scope);
      },
      { prefix: PREFIX },
    );
    simulated.#app.get('/function/emitter/runs', () => ({ runs: [] }));
    await simulated.#app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
    return simulated;
  }

  private constructor(options: SimulatedOptions) {
    this.#tellsEvents = options.events ?? true;
    this.#app = Fastify({ forceCloseConnections: true });
    this.#day = new SimulatedDay(options);
    this.#last = this.#day.next();
    this.state = {
      status: { state: 'running', leads: true, problems: {} },
      policy: {
        ...{ live: { name: 'reactive-average', model: null }, shadow: null, safe: 'reactive-average' },
        fallback: { active: false, since: null, because: null, switches: 0 },
      },
      ...{ runs: [], models: [], shadow: null },
    };
  }

  /** Where the page is. */
  get page(): string {
    const address = this.#app.server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    return `http://127.0.0.1:${address.port}${PREFIX}/`;
  }

  /** How many pages listen. */
  get listeners(): number {
    return this.#clients.size;
  }

  /** One step: an observation and a decision go to every page. Resolves when they have been taken off our hands. */
  async step(): Promise<void> {
    const before = this.#last.workers['granted'];
    this.#last = this.#day.next();
    const decision = this.#decide(before);
    this.#decisions.push(decision);
    if (this.#decisions.length > KEPT) this.#decisions.shift();
    await this.#send('observation', this.#sighting());
    await this.#send('decision', decision);
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.#app.close();
  }

  #sighting(): Record<string, unknown> {
    const { values, ...rest } = this.#last;
    return { ...rest, values, observation: nameObservation(values as unknown as Observation) };
  }

  #decide(before: number): Record<string, unknown> {
    const { values, info, workers } = this.#last;
    const granted = workers.granted;
    return {
      ...{ step: this.#day.step, at: info['at'], policy: 'reactive-average', observation: values, info },
      ...{ proposed: granted, requested: granted === before ? null : granted, granted, drained: 0, withdrawn: 0 },
      outcome: granted > before ? 'up' : granted < before ? 'down' : 'noop',
      because: `${values[1] ?? 0} waiting and ${(values[7] ?? 0).toFixed(2)} tasks/s need ${granted} workers`,
    };
  }

  #addRoutes(app: FastifyInstance): void {
    app.get('/status', () => ({
      at: this.#last.info['at'],
      episode: this.#episode(),
      ...this.#sighting(),
      ...this.state.status,
    }));
    app.get('/decisions', ({ query }) => {
      const limit = Number((query as Record<string, string>)['limit'] ?? 20);
      return { decisions: this.#decisions.slice(-limit).reverse() };
    });
    app.get('/policies', () => ({ policies: [{ name: 'reactive-average', summary: 'a rule' }], models: [] }));
    app.get('/policy', (_request, reply) => this.state.policy ?? reply.status(404).send(notFound));
    app.get('/shadow', (_request, reply) => this.state.shadow ?? reply.status(404).send(notFound));
    app.get('/workloads', () => ({ workloads: [{ name: 'quick', summary: 'about 20 s', tasks: 30, durationS: 20 }] }));
    app.get('/runs', () => ({ runs: this.state.runs }));
    app.get('/models', () => ({ models: this.state.models }));
    app.get('/runs/:id', ({ params }, reply) => {
      const { id } = params as { id: string };
      return this.state.runs.find((run) => run['id'] === id) ?? reply.status(404).send(notFound);
    });
    if (this.#tellsEvents) this.#addEvents(app);
  }

  #addEvents(app: FastifyInstance): void {
    app.get('/events', (_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      reply.raw.write(': welcome\n\n');
      this.#clients.add(reply.raw);
      reply.raw.on('close', () => this.#clients.delete(reply.raw));
    });
  }

  #episode(): Record<string, unknown> {
    const { workers } = this.#last;
    return {
      ...{ policy: 'reactive-average', since: 0, steps: this.#day.step, skipped: 0 },
      settings: { stepDurationS: 8, observationWindowS: 8 },
      scaling: { up: 3, down: 2, noop: 5 },
      drains: { drained: 2, withdrawn: 0 },
      workers: { mean: 6.41, max: 14, now: workers.granted },
    };
  }

  async #send(event: string, data: unknown): Promise<void> {
    this.#events += 1;
    const text = `id: ${this.#events}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    await Promise.all(
      [...this.#clients].map(async (client) => {
        if (client.write(text)) return;
        await new Promise<void>((resolve) => {
          const taken = (): void => {
            client.off('drain', taken).off('close', taken);
            resolve();
          };
          client.on('drain', taken).on('close', taken);
        });
      }),
    );
  }
}

const notFound = { error: { code: 'NOT_FOUND', message: 'not simulated' } };
