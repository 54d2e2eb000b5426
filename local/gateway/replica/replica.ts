import { Pool } from 'undici';
import { SECOND, type Clock } from '#shared/clock.ts';
import { isRefused } from './refused.ts';
import type { ProcessExit, ReplicaChild } from './replica-child.ts';

/** One invocation that a replica is answering. */
export interface Exchange {
  /** An event stream: it has no end of its own, so it is cut, not awaited, when its replica stops. */
  readonly endless: boolean;
  abort(): void;
}

export interface ReplicaOptions {
  readonly instance: string;
  readonly child: ReplicaChild;
  readonly clock: Clock;
  /** Time from the start until its address is known; after it the child is killed. */
  readonly startTimeoutMs: number;
  /** A line for the function's log. */
  readonly explain: (text: string) => void;
  /** Readiness changed. */
  readonly onChange: () => void;
}

/** Once ready, a replica is asked this often, and whenever the answer decides something (see checkReady). */
const READY_PERIOD_MS = 15 * SECOND;
/** One that took itself out is asked more often: its drain may be withdrawn. */
const UNREADY_PERIOD_MS = SECOND;
/** Time for one answer of /_/ready. */
const PROBE_TIMEOUT_MS = SECOND;
const SHORTEST_PROBE_DELAY_MS = 20;
const LONGEST_PROBE_DELAY_MS = SECOND;

/** Between probes of a starting replica: 20 ms at first, then a twentieth of its age, so that waiting stays cheap. */
export function probeDelayMs(ageMs: number): number {
  return Math.min(Math.max(ageMs / 20, SHORTEST_PROBE_DELAY_MS), LONGEST_PROBE_DELAY_MS);
}

/**
 * A child, be it a process or a container, that answers invocations.
 * States: starting (no address yet, or never ready) → serving (ready or not ready, as /_/ready says) → stopping → ended; a
 * process can end from any of them.
 */
export class Replica {
  readonly instance: string;
  /** True once it was ready; false when it ended before. */
  readonly started: Promise<boolean>;
  readonly exited: Promise<ProcessExit>;
  /** Increases with each use, over all replicas: the smallest has been idle for longest. */
  lastUsed = 0;
  readonly #options: ReplicaOptions;
  readonly #exchanges = new Set<Exchange>();
  /** Aborts when it is asked to stop or has ended: no more probes, no more work. */
  readonly #over = new AbortController();
  #pool: Pool | null = null;
  #ready = false;
  #probe: Promise<void> | null = null;
  #whenIdle: (() => void) | null = null;
  #readySinceMs: number | null = null;
  #stopping: Promise<ProcessExit> | null = null;
  /** Aborted when `ready` changes, and when it is over: ends the watch's present wait. */
  #turned = new AbortController();

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.instance = options.instance;
    this.exited = options.child.exited.then((exit) => {
      this.#close();
      this.#closePool();
      return exit;
    });
    this.started = this.#start();
  }

  get pids(): readonly number[] {
    return this.#options.child.pids;
  }

  /** As last seen; see checkReady. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Has been ready at some time. */
  get wasReady(): boolean {
    return this.#readySinceMs !== null;
  }

  get inFlight(): number {
    return this.#exchanges.size;
  }

  /** Connections to it. Only a ready replica has them for sure. */
  get pool(): Pool | null {
    return this.#pool;
  }

  /** How long ago it became ready for the first time, ms; 0 if it never was. */
  get readyForMs(): number {
    return this.#readySinceMs === null ? 0 : this.#options.clock.monotonic() - this.#readySinceMs;
  }

  /** Counts an exchange as in flight until the returned function is called. */
  begin(exchange: Exchange): () => void {
    this.#exchanges.add(exchange);
    return () => {
      this.#exchanges.delete(exchange);
      if (this.#exchanges.size === 0) this.#whenIdle?.();
    };
  }

  /**
   * Asks /_/ready and remembers the answer. No answer in time changes nothing: a process busy with a computation is neither
   * drained nor gone. Callers at the same time share one question.
   */
  async checkReady(): Promise<boolean> {
    this.#probe ??= this.#askReady().finally(() => (this.#probe = null));
    await this.#probe;
    return this.#ready;
  }

  /**
   * Takes no new exchange, cuts event streams, lets the others end (for at most half of the grace), then SIGTERM, and
   * SIGKILL when `graceMs` are over. Resolves when the process has ended. Idempotent.
   */
  async stop(graceMs: number): Promise<ProcessExit> {
    this.#stopping ??= this.#drainAndTerminate(graceMs);
    return await this.#stopping;
  }

  async #drainAndTerminate(graceMs: number): Promise<ProcessExit> {
    const { clock, child } = this.#options;
    const deadlineMs = clock.monotonic() + graceMs;
    this.#close();
    for (const exchange of this.#exchanges) if (exchange.endless) exchange.abort();
    if (this.#exchanges.size > 0) await this.#idle(graceMs / 2);
    this.#closePool();
    await child.terminate(Math.max(deadlineMs - clock.monotonic(), 0));
    return await this.exited;
  }

  async #idle(limitMs: number): Promise<void> {
    const over = new AbortController();
    const idle = new Promise<void>((resolve) => (this.#whenIdle = resolve));
    await Promise.race([idle, this.exited, this.#options.clock.sleep(limitMs, over.signal)]);
    over.abort();
  }

  #close(): void {
    this.#over.abort();
    this.#setReady(false);
    this.#turned.abort();
  }

  /**
   * Closes idle connections now and busy ones as their exchanges end: also what a process had answered before it ended is
   * still read. A server waits for its connections before it ends, and undici may hold one open that carried no request.
   */
  #closePool(): void {
    void this.#pool?.close();
    this.#pool = null;
  }

  #setReady(ready: boolean): void {
    if (this.#ready === ready) return;
    this.#ready = ready;
    this.#turned.abort();
    this.#options.onChange();
  }

  async #start(): Promise<boolean> {
    const { clock, child, startTimeoutMs, explain } = this.#options;
    const bornMs = clock.monotonic();
    const over = this.#over.signal;
    const isOver = (): boolean => over.aborted;
    const address = await Promise.race([child.listening, clock.sleep(startTimeoutMs, over).then(() => null)]);
    if (isOver()) return false;
    if (address === null) {
      explain(
        `farmhand: not listening ${startTimeoutMs / SECOND} s after its start (no {type: 'listening', port}): killed`,
      );
      child.kill();
      return false;
    }
    this.#pool = new Pool(address);
    while (!(await this.checkReady())) {
      await clock.sleep(probeDelayMs(clock.monotonic() - bornMs), over);
      if (isOver()) return false;
    }
    void this.#watch();
    return true;
  }

  async #watch(): Promise<void> {
    while (!this.#over.signal.aborted) {
      this.#turned = new AbortController();
      const turned = this.#turned.signal;
      const periodMs = this.#ready ? READY_PERIOD_MS : UNREADY_PERIOD_MS;
      await this.#options.clock.sleep(periodMs, turned);
      // Somebody else asked and got another answer than before: the other period begins.
      if (!turned.aborted) await this.checkReady();
    }
  }

  async #askReady(): Promise<void> {
    if (this.#pool === null) return;
    try {
      const timeouts = { headersTimeout: PROBE_TIMEOUT_MS, bodyTimeout: PROBE_TIMEOUT_MS };
      const { statusCode, body } = await this.#pool.request({ method: 'GET', path: '/_/ready', ...timeouts });
      await body.dump();
      if (this.#over.signal.aborted) return;
      if (statusCode === 200) this.#readySinceMs ??= this.#options.clock.monotonic();
      this.#setReady(statusCode === 200);
    } catch (error) {
      // It lives but no longer listens: it is on its way out. Any other silence changes nothing.
      if (isRefused(error)) this.#setReady(false);
    }
  }
}
