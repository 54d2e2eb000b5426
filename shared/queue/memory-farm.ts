import type { Clock } from '../clock.ts';
import type { DispatchRule } from './lane-rule.ts';
import { MemoryArchive } from './memory-archive.ts';
import { MemoryInbox } from './memory-inbox.ts';
import { MemoryRoster } from './memory-roster.ts';
import { MemorySink } from './memory-sink.ts';
import { MemorySource } from './memory-source.ts';
import type { MemoryState } from './memory-state.ts';
import type { LeaseRule } from './redis-source.ts';
import { WaitingTasks } from './waiting-tasks.ts';

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
export function openMemoryFarm(options: { clock: Clock; rule: LeaseRule; dispatch: DispatchRule }): MemoryFarm {
  const { clock, rule } = options;
  const state: MemoryState = {
    clock,
    rule,
    input: [],
    taken: new Map(),
    waiting: new WaitingTasks(options.dispatch),
    held: new Map(),
    results: [],
    records: new Map(),
    dead: new Map(),
    members: new Map(),
    orders: new Map(),
    epoch: 0,
    look: 0,
  };
  return {
    inbox: new MemoryInbox(state),
    source: new MemorySource(state),
    sink: new MemorySink(state),
    archive: new MemoryArchive(state),
    roster: new MemoryRoster(state),
  };
}
