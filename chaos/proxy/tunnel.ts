import type { Socket } from 'node:net';
import type { Clock } from '#shared/clock.ts';

/** What every tunnel of a proxy is exposed to just now. */
export interface Weather {
  readonly stalled: boolean;
  /** Added to each byte's way, ms. */
  readonly latencyMs: number;
}

/** Bytes on the way in one direction before the sender is held back. */
const MOST_ON_THE_WAY = 1024 * 1024;

/** One connection through the proxy: what the near end sends reaches the far end, and the other way round, as the weather allows. */
export class Tunnel {
  /** Resolves when both ends are closed. */
  readonly closed: Promise<void>;
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #weather: Weather;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  #change = new AbortController();
  #farLost = false;

  constructor(options: { near: Socket; far: Socket; weather: Weather; clock: Clock }) {
    this.#near = options.near;
    this.#far = options.far;
    this.#weather = options.weather;
    this.#clock = options.clock;
    for (const socket of [this.#near, this.#far]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined); // `close` follows, and says enough
    }
    this.closed = Promise.all([this.#carry(this.#near, this.#far), this.#carry(this.#far, this.#near)]).then(() => {
      this.#over.abort();
    });
  }

  weatherChanged(): void {
    const changed = this.#change;
    this.#change = new AbortController();
    changed.abort();
  }

  cut(): void {
    this.#over.abort();
    this.weatherChanged();
    for (const socket of [this.#near, this.#far]) breakOff(socket);
  }

  loseFarEnd(): void {
    this.#farLost = true;
    this.#far.destroy();
  }

  /** Carries what `from` sends to `to`, in order, and its end as well. Resolves when `from` is closed. */
  async #carry(from: Socket, to: Socket): Promise<void> {
    let onTheWay = 0;
    let last: Promise<void> = Promise.resolve();
    const deliver = (bytes: number, action: () => void): void => {
      const dueMs = this.#clock.monotonic() + this.#weather.latencyMs;
      onTheWay += bytes;
      if (onTheWay > MOST_ON_THE_WAY) from.pause();
      last = last.then(async () => {
        await this.#passage(dueMs);
        onTheWay -= bytes;
        if (onTheWay <= MOST_ON_THE_WAY) from.resume();
        if (!to.destroyed && !this.#farLost) action();
      });
    };
    from.on('data', (chunk: Buffer) => deliver(chunk.length, () => void to.write(chunk)));
    from.on('end', () => deliver(0, () => to.end()));
    await new Promise<void>((resolve) => from.once('close', () => resolve()));
    // A reset reaches the other side too; after an end in order both sides are closed by then.
    if (!from.readableEnded) deliver(0, () => to.destroy());
    await last;
  }

  /** Waits until what was sent may arrive: its time has come and nothing stands still. */
  async #passage(dueMs: number): Promise<void> {
    for (;;) {
      if (this.#over.signal.aborted) return;
      const waitMs = this.#weather.stalled ? Infinity : dueMs - this.#clock.monotonic();
      if (waitMs <= 0) return;
      // A timer takes at most 2^31 - 1 ms.
      await this.#clock.sleep(Math.min(waitMs, 1_000_000_000), this.#change.signal);
    }
  }
}

/**
 * As a reset that comes from the network. Not of a socket that is ending: Node 24 then never closes its handle, and the process,
 * when all is done, waits for that at full speed and does not exit. Nor of one that connects: that would wait until it has.
 */
export function breakOff(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.writableEnded || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}
