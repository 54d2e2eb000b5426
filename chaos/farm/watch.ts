import { SECOND, type Clock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import type { QueueReading } from '#shared/queue/observe.ts';
import { openRedisFarm, type RedisFarm } from '#shared/queue/redis-farm.ts';
import { connectRedis } from '#shared/redis.ts';
import type { FarmUnderTest } from './farm-under-test.ts';
import { OutputReader } from './output-reader.ts';

const READ_EVERY_MS = 500;
/** Nothing has moved for so long: what is left is left for good. */
const PATIENCE_MS = 30 * SECOND;

/** The harness's own look at the queue, on a connection past the proxy. Reads what comes out, all along. */
export class Watch implements AsyncDisposable {
  readonly output: OutputReader;
  readonly queue: RedisFarm;
  readonly #clock: Clock;
  readonly #close: () => void;
  readonly #over = new AbortController();
  readonly #reading: Promise<void>;

  private constructor(queue: RedisFarm, parts: { clock: Clock; close: () => void }) {
    this.queue = queue;
    this.output = new OutputReader(queue.archive);
    this.#clock = parts.clock;
    this.#close = parts.close;
    this.#reading = this.#read();
  }

  static async open(farm: FarmUnderTest, clock: Clock): Promise<Watch> {
    const redis = await connectRedis({ url: farm.watchUrl, log: silentLogger });
    const queue = openRedisFarm({ redis, config: farm.config, client: 'chaos' });
    return new Watch(queue, { clock, close: () => redis.disconnect() });
  }

  /** Resolves when no task is left anywhere before output, or when nothing has moved for half a minute. */
  async untilDrained(signal: AbortSignal): Promise<void> {
    let seen = '';
    let movedAt = this.#clock.monotonic();
    while (!signal.aborted) {
      const reading = await this.queue.observer.read(SECOND);
      if (leftIn(reading) === 0) return;
      const now = JSON.stringify([reading.totals, reading.input, reading.waiting, reading.inFlight, reading.result]);
      if (now !== seen) movedAt = this.#clock.monotonic();
      seen = now;
      if (this.#clock.monotonic() - movedAt > PATIENCE_MS) return;
      await this.#clock.sleep(100, signal);
    }
  }

  /** Whatever waits for Redis ends. Idempotent. */
  close(): void {
    this.#over.abort();
    this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#reading;
  }

  async #read(): Promise<void> {
    while (!this.#over.signal.aborted) {
      // Redis refuses while it loads; whatever else is wrong, the last reading of all says it again.
      await this.output.read().catch(() => undefined);
      await this.#clock.sleep(READ_EVERY_MS, this.#over.signal);
    }
  }
}

/** Tasks and messages that have not come out. */
export function leftIn({ input, emitting, waiting, inFlight, result }: QueueReading): number {
  return input + emitting + waiting + inFlight + result;
}
