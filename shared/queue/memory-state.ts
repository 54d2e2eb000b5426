import type { Clock } from '../clock.ts';
import type { Claim, DeadLetter, FinishedTask, TaskRecord } from '../task.ts';
import type { LeaseRule } from './redis-source.ts';
import type { AckState } from './roster.ts';
import type { InputMessage, TakenPhase } from './task-inbox.ts';
import type { DrainOrder } from './task-source.ts';
import type { WaitingTasks } from './waiting-tasks.ts';

/** What Redis holds for a farm, as plain collections; a Map keeps its order of insertion. */
export interface MemoryState {
  readonly clock: Clock;
  readonly rule: LeaseRule;
  readonly input: { readonly message: InputMessage; readonly acceptedAt: number }[];
  readonly taken: Map<string, TakenPhase>;
  readonly waiting: WaitingTasks;
  readonly held: Map<string, { readonly worker: string; readonly claim: Claim; leaseExpiresAt: number }>;
  readonly results: FinishedTask[];
  readonly records: Map<string, TaskRecord>;
  readonly dead: Map<string, DeadLetter>;
  readonly members: Map<string, { readonly role: string; readonly startedAt: number; seenAt: number }>;
  readonly orders: Map<string, DrainOrder & { ack: AckState | null }>;
  epoch: number;
  /** Before this no lease expires, as far as the last look through all hands could tell. */
  look: number;
}
