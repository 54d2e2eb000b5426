import type { Logger } from '../log.ts';
import type { Doorbell } from './doorbell.ts';
import type { AckState, Roster } from './roster.ts';
import type { DrainOrder } from './task-source.ts';

/** A standing order is looked at this often even if no bell rings: an order that runs out rings none. */
const GLANCE_MS = 1_000;

/**
 * Obeys a SYN: answers it and takes part in nothing until the order is withdrawn or void, then answers `resumed`.
 * Returns early when `signal` aborts.
 */
export async function standBy(options: {
  roster: Roster;
  doorbell: Doorbell;
  log: Logger;
  member: string;
  order: DrainOrder;
  /** What there is to say: nothing in hand any more, or the loop has stopped. */
  state: Extract<AckState, 'drained' | 'stopped'>;
  signal: AbortSignal;
}): Promise<void> {
  const { roster, doorbell, log, member, order, state, signal } = options;
  await roster.acknowledge({ order: order.id, member, state });
  log.info({ order: order.id, type: order.type }, `asked to stand by: ${state}`);
  let standing: DrainOrder | null = order;
  while (standing?.id === order.id) {
    await doorbell.wait({ timeoutMs: GLANCE_MS, signal, mailOnly: true });
    if (signal.aborted) return;
    standing = await roster.orderFor(member);
  }
  await roster.acknowledge({ order: order.id, member, state: 'resumed' });
  log.info({ order: order.id }, 'the order was withdrawn or ran out: at work again');
}
