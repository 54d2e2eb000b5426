import { flushCompileCache } from 'node:module';
import { SECOND } from '#shared/clock.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { FarmFunction, Host, StartFunction } from '#shared/farm-function.ts';
import { createFunctionServer } from './server.ts';

/** A start that is under way when we are told to stop gets this long to come to its end. */
const START_GRACE_MS = SECOND;
/** Between two starts while Redis is away. */
const AGAIN_MS = SECOND / 2;
/** For handing back what `stop` could not finish within the grace that it was given. */
const STOP_MARGIN_MS = SECOND;
/** For HTTP requests in hand, once the function has stopped. */
const CLOSE_GRACE_MS = SECOND;

export interface RunningFunction {
  /** Resolves when the function serves, or was told to stop before; rejects when it cannot start. */
  readonly started: Promise<void>;
  /** Takes the function down in order. Resolves to whether all was put away in time. Idempotent. */
  stop(cause: string): Promise<boolean>;
}

interface RunOptions {
  readonly address: { host: string; port: number };
  /** Imports the handler; late, so that the port is open while it loads. */
  readonly load: () => Promise<{ default: StartFunction }>;
  /** Told the port once it is bound. */
  readonly listening: (port: number) => void;
}

/**
 * One function in one process.
 *
 *     starting ──▶ serving ──▶ stopping ──▶ stopped
 *         └───────────────────────▲
 *
 * starting  alive, not ready; the handler loads and starts, again and again for as long as Redis does not answer
 * serving   ready whenever the function says so
 * stopping  not ready; the function finishes or hands back its work while its routes still answer, then the port closes
 */
export function runFunction(host: Host, options: RunOptions): RunningFunction {
  let fn: FarmFunction | null = null;
  let stopping: Promise<boolean> | null = null;
  const toldToStop = new AbortController();
  /** Why the last start came to nothing. */
  let awaited: string | null = null;

  const whyNotReady = (): string | null => {
    if (stopping !== null) return 'stopping';
    if (fn === null) return awaited ?? 'starting';
    return fn.ready() ? null : 'the function takes no work now';
  };
  const server = createFunctionServer(host, whyNotReady);
  const started = start();

  async function start(): Promise<void> {
    const port = await server.listen(options.address);
    options.listening(port);
    const { default: startFunction } = await options.load();
    if (typeof startFunction !== 'function') {
      throw new FarmhandError('START_FAILED', 'function/handler.ts: expected a default export, start(host)');
    }
    const running = await startOnceRedisAnswers(startFunction);
    if (running === null) return;
    await server.serve(running);
    fn = running;
    // What has been compiled on the way here is what the next start needs.
    flushCompileCache();
    // From the start of the process: what a scale-up waits for.
    const startMs = Math.round(process.uptime() * SECOND);
    host.log.info({ instance: host.instance, port, startMs }, 'serving');
  }

  /**
   * To end and be started again would not bring Redis back, and the back-off of whoever starts us would outlast its absence.
   * What only people can mend (a wrong password, a secret that is missing) still ends us. Null: told to stop meanwhile.
   */
  async function startOnceRedisAnswers(startFunction: StartFunction): Promise<FarmFunction | null> {
    while (!toldToStop.signal.aborted) {
      try {
        return await startFunction(host);
      } catch (thrown) {
        if (!(thrown instanceof FarmhandError) || thrown.code !== 'REDIS_UNREACHABLE') throw thrown;
        if (awaited === null) host.log.warn({ code: thrown.code }, `waits: ${thrown.message}`);
        awaited = thrown.message;
      }
      await host.clock.sleep(AGAIN_MS, toldToStop.signal);
    }
    return null;
  }

  async function stop(cause: string): Promise<boolean> {
    toldToStop.abort();
    host.log.info({ cause }, 'stopping');
    await endsWithin(
      START_GRACE_MS,
      started.catch(() => undefined),
    ); // whoever awaits `started` reports it
    const putAway = fn === null || (await stopFunction(fn));
    await server.close(CLOSE_GRACE_MS);
    return putAway;
  }

  async function stopFunction(running: FarmFunction): Promise<boolean> {
    const graceMs = host.config.worker.graceS * SECOND;
    const after = 'its tasks go back when their leases expire';
    try {
      if (await endsWithin(graceMs + STOP_MARGIN_MS, running.stop(graceMs))) return true;
      host.log.error({ graceMs }, `the function did not stop in time; ${after}`);
    } catch (thrown) {
      host.log.error({ error: coerceError(thrown) }, `the function could not stop in order; ${after}`);
    }
    return false;
  }

  async function endsWithin(ms: number, work: Promise<void>): Promise<boolean> {
    const ended = new AbortController();
    const overdue = host.clock.sleep(ms, ended.signal).then(() => false);
    try {
      return await Promise.race([work.then(() => true), overdue]);
    } finally {
      ended.abort();
    }
  }

  return {
    started,
    stop: (cause) => (stopping ??= stop(cause)),
  };
}
