import type { Clock } from '../clock.ts';
import type { Claim, DeadLetter, FinishedTask, QueuedTask, TaskRecord } from '../task.ts';
import { MemoryArchive } from './memory-archive.ts';
import { MemoryInbox } from './memory-inbox.ts';
import { MemoryRoster } from './memory-roster.ts';
import { MemorySink } from './memory-sink.ts';
import { MemorySource } from './memory-source.ts';
import type { LeaseRule } from './redis-source.ts';
import type { AckState } from './roster.ts';
import type { InputMessage, TakenMessage } from './task-inbox.ts';
import type { DrainOrder } from './task-source.ts';

/** What Redis holds for a farm, as plain collections; a Map keeps its order of insertion. */
export interface MemoryState {
  readonly clock: Clock;
  readonly rule: LeaseRule;
  readonly input: { readonly message: InputMessage; readonly acceptedAt: number }[];
  readonly taken: Map<string, TakenMessage>;
  readonly lane: QueuedTask[];
  readonly held: Map<string, { readonly worker: string; readonly claim: Claim; leaseExpiresAt: number }>;
  readonly results: FinishedTask[];
  readonly records: Map<string, TaskRecord>;
  readonly dead: Map<string, DeadLetter>;
  readonly members: Map<string, { readonly role: string; readonly startedAt: number; seenAt: number }>;
  readonly orders: Map<string, DrainOrder & { ack: AckState | null }>;
  epoch: number;
}

export interface MemoryFarm {
  readonly inbox: MemoryInbox;
  readonly source: MemorySource;
  readonly sink: MemorySink;
  readonly archive: MemoryArchive;
  readonly roster: MemoryRoster;
}

/**
 * The queue's semantics without Redis: one process, no crash of its own to survive, time from the given clock. For tests, and
 * for reading what the scripts do. test/contract/queue.ts holds both implementations to the same sentences.
 */
export function openMemoryFarm(options: { clock: Clock; rule: LeaseRule }): MemoryFarm {
  const state: MemoryState = {
    ...options,
    input: [],
    taken: new Map(),
    lane: [],
    held: new Map(),
    results: [],
    records: new Map(),
    dead: new Map(),
    members: new Map(),
    orders: new Map(),
    epoch: 0,
  };
  return {
    inbox: new MemoryInbox(state),
    source: new MemorySource(state),
    sink: new MemorySink(state),
    archive: new MemoryArchive(state),
    roster: new MemoryRoster(state),
  };
}
