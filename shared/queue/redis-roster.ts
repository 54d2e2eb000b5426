import type { Redis } from 'ioredis';
import type { FarmKeys } from './keys.ts';
import type { Ack, AckState, Drain, Member, Roster } from './roster.ts';
import type { Scripts } from './scripts.ts';
import type { DrainOrder } from './task-source.ts';

/** A ring on a member's mail is forgotten after so long; the order itself stands in Redis until it is void. */
const MAIL_TTL_MS = 60_000;

/** Both sides of the SYN/ACK protocol on Redis. `nextAck` blocks its connection: give the requester one of its own. */
export class RedisRoster implements Roster, Drain {
  readonly #redis: Redis;
  readonly #blocking: Redis | null;
  readonly #keys: FarmKeys;
  readonly #scripts: Scripts;
  readonly #silentMs: number;

  /** @param options.silentMs without a sign of life for so long a member is taken for dead. */
  constructor(options: { redis: Redis; blocking?: Redis; keys: FarmKeys; scripts: Scripts; silentMs: number }) {
    this.#redis = options.redis;
    this.#blocking = options.blocking ?? null;
    this.#keys = options.keys;
    this.#scripts = options.scripts;
    this.#silentMs = options.silentMs;
  }

  async announce(member: { id: string; role: string }): Promise<void> {
    await this.#scripts.run('announce', [member.id, member.role, this.#silentMs]);
  }

  async leave(id: string): Promise<void> {
    await this.#scripts.run('leave', [id]);
  }

  async orderFor(id: string): Promise<DrainOrder | null> {
    const words = (await this.#scripts.run('order-for', [id])) as string[];
    return words.length === 0 ? null : parseOrder(words);
  }

  async acknowledge(ack: { order: string; member: string; state: AckState }): Promise<void> {
    await this.#scripts.run('acknowledge', [ack.order, ack.member, ack.state]);
  }

  async members(): Promise<readonly Member[]> {
    const reply = (await this.#scripts.run('members', [])) as string[];
    const members: Member[] = [];
    for (let i = 0; i + 4 < reply.length; i += 5) {
      const [id = '', roleAndStart = '', seenAt, order = '', holding] = reply.slice(i, i + 5);
      const [role = '', startedAt] = roleAndStart.split(' ');
      const words = order.split(' ');
      members.push({
        id,
        role,
        startedAt: Number(startedAt),
        seenAt: Number(seenAt),
        order: order === '' ? null : { ...parseOrder(words), ack: parseAckState(words[3]) },
        holding: Number(holding),
      });
    }
    return members.sort((a, b) => a.startedAt - b.startedAt || a.id.localeCompare(b.id));
  }

  async request(options: Parameters<Drain['request']>[0]): Promise<readonly string[]> {
    const chosen = (await this.#scripts.run('order', [
      ...[options.order, options.type, options.timeoutMs, options.role, options.count, this.#silentMs],
      ...(options.named ?? []),
    ])) as string[];
    await this.#ring(chosen);
    return chosen;
  }

  async nextAck(order: string, timeoutMs: number): Promise<Ack | null> {
    if (this.#blocking === null) throw new Error('this roster was made without a connection for blocking waits');
    // BLPOP reads 0 as for ever.
    const popped = await this.#blocking.blpop(this.#keys.ack(order), Math.max(timeoutMs, 1) / 1000);
    if (popped === null) return null;
    const [id = '', member = '', state, at] = popped[1].split(' ');
    return { order: id, member, state: parseAckState(state) ?? 'drained', at: Number(at) };
  }

  async withdraw(order: string, members?: readonly string[]): Promise<number> {
    if (members?.length === 0) return 0;
    const freed = (await this.#scripts.run('withdraw', [order, ...(members ?? [])])) as string[];
    await this.#ring(freed);
    return freed.length;
  }

  /** The order already stands when its bell rings, so a lost ring only delays: the member sees it at its next request. */
  async #ring(members: readonly string[]): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (const member of members) {
      pipeline.rpush(this.#keys.mail(member), '1');
      pipeline.pexpire(this.#keys.mail(member), MAIL_TTL_MS);
    }
    await pipeline.exec();
  }
}

function parseOrder(words: readonly string[]): DrainOrder {
  const [id = '', type, until] = words;
  return { id, type: type === 'terminate' ? 'terminate' : 'scale-down', untilMs: Number(until) };
}

function parseAckState(word: string | undefined): AckState | null {
  return word === 'drained' || word === 'stopped' || word === 'resumed' ? word : null;
}
