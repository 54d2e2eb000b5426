import type { MemoryState } from './memory-state.ts';
import type { Ack, AckState, Drain, Member, Roster } from './roster.ts';
import type { DrainOrder } from './task-source.ts';

/** Both sides of the SYN/ACK protocol in memory. */
export class MemoryRoster implements Roster, Drain {
  readonly #state: MemoryState;
  readonly #acks = new Map<string, Ack[]>();
  readonly #waiting = new Map<string, (ack: Ack) => void>();

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async announce(member: { id: string; role: string }): Promise<void> {
    const now = this.#state.clock.farmTime();
    const known = this.#state.members.get(member.id);
    if (known === undefined) this.#state.members.set(member.id, { role: member.role, startedAt: now, seenAt: now });
    else known.seenAt = now;
  }

  async leave(id: string): Promise<void> {
    // Each goes to the head, so the one claimed first is given back last.
    for (const held of [...this.#state.held.values()].filter((other) => other.worker === id).reverse()) {
      this.#state.held.delete(held.claim.task.id);
      this.#state.waiting.giveBack(held.claim.task, this.#state.clock.farmTime());
    }
    this.#state.members.delete(id);
    this.#state.orders.delete(id);
  }

  async orderFor(id: string): Promise<DrainOrder | null> {
    const order = this.#state.orders.get(id);
    return order !== undefined && order.untilMs > this.#state.clock.farmTime() ? order : null;
  }

  async acknowledge(ack: { order: string; member: string; state: AckState }): Promise<void> {
    const standing = this.#state.orders.get(ack.member);
    if (standing?.id === ack.order) standing.ack = ack.state;
    const full: Ack = { ...ack, at: this.#state.clock.farmTime() };
    const waiting = this.#waiting.get(ack.order);
    if (waiting === undefined) this.#acks.set(ack.order, [...(this.#acks.get(ack.order) ?? []), full]);
    else waiting(full);
  }

  async members(): Promise<readonly Member[]> {
    return [...this.#state.members].map(([id, member]) => ({
      id,
      ...member,
      order: this.#state.orders.get(id) ?? null,
      holding: [...this.#state.held.values()].filter((held) => held.worker === id).length,
    }));
  }

  async request(options: Parameters<Drain['request']>[0]): Promise<readonly string[]> {
    const now = this.#state.clock.farmTime();
    const standing = [...this.#state.orders].filter(([, order]) => order.id === options.order).map(([id]) => id);
    if (standing.length > 0) return standing;
    const candidates = (await this.members())
      .filter((member) => member.role === options.role && (member.order === null || member.order.untilMs <= now))
      .filter((member) => options.named?.includes(member.id) ?? true)
      .sort((a, b) => Math.sign(a.holding) - Math.sign(b.holding) || b.startedAt - a.startedAt);
    const chosen = candidates.slice(0, options.count).map((member) => member.id);
    const order = { id: options.order, type: options.type, untilMs: now + options.timeoutMs };
    for (const id of chosen) this.#state.orders.set(id, { ...order, ack: null });
    return chosen;
  }

  async nextAck(order: string, timeoutMs: number): Promise<Ack | null> {
    const [first, ...rest] = this.#acks.get(order) ?? [];
    if (first !== undefined) {
      this.#acks.set(order, rest);
      return first;
    }
    const arrived = new Promise<Ack>((resolve) => this.#waiting.set(order, resolve));
    const ack = await Promise.race([arrived, this.#state.clock.sleep(timeoutMs)]);
    this.#waiting.delete(order);
    return ack ?? null;
  }

  async withdraw(order: string, members?: readonly string[]): Promise<number> {
    const freed = [...this.#state.orders].filter(
      ([id, standing]) => standing.id === order && (members?.includes(id) ?? true),
    );
    for (const [id] of freed) this.#state.orders.delete(id);
    return freed.length;
  }
}
