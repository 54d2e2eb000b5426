import type { DrainOrder } from './task-source.ts';

/** A long-lived process of the farm that has announced itself (START). */
export interface Member {
  readonly id: string;
  /** 'worker', 'emitter', 'collector' */
  readonly role: string;
  readonly startedAt: number;
  readonly seenAt: number;
  readonly order: (DrainOrder & { readonly ack: AckState | null }) | null;
  /** Tasks in its hands. */
  readonly holding: number;
}

/**
 * What a named process answers to a SYN. `drained`: nothing in hand, takes nothing; `stopped`: its loop has ended;
 * `resumed`: the order was withdrawn or ran out, and it works again. A member that has not answered and holds tasks is
 * draining.
 */
export type AckState = 'drained' | 'stopped' | 'resumed';

export interface Ack {
  readonly order: string;
  readonly member: string;
  readonly state: AckState;
  readonly at: number;
}

/** The member's side of the SYN/ACK protocol. */
export interface Roster {
  /** START. Idempotent. */
  announce(member: { id: string; role: string }): Promise<void>;
  /** The member is gone (clean exit); whatever it held is given back. */
  leave(id: string): Promise<void>;
  /** The order that names this member, if any: what a doorbell on its mail means. Counts as a sign of life. */
  orderFor(id: string): Promise<DrainOrder | null>;
  acknowledge(ack: { order: string; member: string; state: AckState }): Promise<void>;
}

/** The autoscaler's and the CLI's side of the SYN/ACK protocol. */
export interface Drain {
  members(): Promise<readonly Member[]>;
  /**
   * SYN: chooses up to `count` members of `role` (idle ones first, then the youngest), marks each so that no script gives
   * it work from this moment on, and rings its mail. `named` chooses these instead. A repeat of the same order (its reply was
   * lost) chooses nobody else.
   */
  request(options: {
    order: string;
    type: DrainOrder['type'];
    role: string;
    count: number;
    timeoutMs: number;
    named?: readonly string[];
  }): Promise<readonly string[]>;
  /** Waits for the next ACK to this order; null after `timeoutMs`. */
  nextAck(order: string, timeoutMs: number): Promise<Ack | null>;
  /** Takes the order back from those members that have it (all of them without `members`): they work again. */
  withdraw(order: string, members?: readonly string[]): Promise<number>;
}
