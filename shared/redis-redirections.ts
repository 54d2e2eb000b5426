import type { Logger } from './log.ts';
import type { RedisHost, RedisTarget } from './redis-url.ts';

/**
 * Answers of a server that did nothing and cannot, or not just now: it became a replica (READONLY, and UNBLOCKED for who waited
 * there), it lost its primary or reads its data, it misses the replicas without which it takes no writes, or its cluster is
 * without a primary or moves the slot.
 */
const elsewhere = /^(READONLY|UNBLOCKED|MASTERDOWN|LOADING|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|ASK)\b/;
/** What a node of a cluster answers that does not own the slot: `MOVED <slot> <host>:<port>`. */
const moved = /^MOVED \d+ (.*):(\d+)$/;

/** A failover takes a moment; whoever is refused asks again so much later. */
const REFUSED_PAUSE_MS = 500;

/** ioredis's word for "reconnect, and send this command again". */
type Verdict = 2 | false;

/**
 * Decides where a connection goes when its server sends it away. The command that was refused did nothing (a script is refused at
 * its first write), so it is sent again over the next connection, which asks Sentinel or the name service anew.
 * A farm's keys are in one slot, so in a cluster one node owns all of them: the connection moves to it, and back to the URL's
 * host, which leads to some node, when that one is gone.
 */
export class Redirections {
  readonly #target: RedisTarget;
  readonly #log: Logger;
  readonly #aim: (address: RedisHost) => void;
  #refusals = 0;
  #refused = false;

  /** @param options.aim where the next connection goes. */
  constructor(options: { target: RedisTarget; log: Logger; aim: (address: RedisHost) => void }) {
    this.#target = options.target;
    this.#log = options.log;
    this.#aim = options.aim;
  }

  follow({ message }: Error): Verdict {
    const owner = moved.exec(message);
    if (owner !== null) {
      const [, host, port] = owner;
      // Without a name the owner is on the host that we asked.
      this.#aim({ host: host === undefined || host === '' ? this.#target.hosts[0].host : host, port: Number(port) });
      return 2;
    }
    if (!elsewhere.test(message)) return false;
    this.#refused = true;
    this.#refusals += 1;
    // The 1st, 2nd, 4th, 8th …: one that lasts does not fill the log.
    if (Number.isInteger(Math.log2(this.#refusals))) {
      this.#log.warn(
        { error: message },
        'this Redis takes no writes just now: its primary is looked for, commands wait',
      );
    }
    return 2;
  }

  /** Before the given attempt (from 1) to connect. */
  pauseMs(attempt: number): number {
    if (attempt > 1 && this.#target.sentinel === null) this.#aim(this.#target.hosts[0]);
    const refused = this.#refused;
    this.#refused = false;
    return refused ? REFUSED_PAUSE_MS : Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);
  }
}
