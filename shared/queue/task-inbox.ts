import type { Task } from '../task.ts';
import type { PhaseMessage } from '../workload/phase-message.ts';

/** What waits in `input`: a phase of a workload to be emitted over time, or one task that a user submitted. */
export type InputMessage =
  | { readonly kind: 'phase'; readonly id: string; readonly phase: PhaseMessage }
  | { readonly kind: 'task'; readonly id: string; readonly task: Task };

/** A phase that the emitter took and has not yet emitted in full. It survives the emitter. */
export interface TakenPhase {
  readonly id: string;
  readonly phase: PhaseMessage;
  /** Redis TIME (ms) of its arrival in `input`. */
  readonly acceptedAt: number;
  /** Redis TIME (ms) of the first take; the phase's time axis starts here, also after a crash. */
  readonly takenAt: number;
  /** How many of its tasks are already in a lane. */
  readonly emitted: number;
}

/** What came from the head of `input`: some tasks, which are in their lanes now, or one phase, or nothing. */
export interface Taken {
  readonly moved: number;
  readonly phase: TakenPhase | null;
}

export interface SubmitReply {
  readonly accepted: number;
  /** Ids that the farm already knows; they are not accepted twice. */
  readonly duplicates: readonly string[];
}

/** The producer's and the emitter's side of the queue. */
export interface TaskInbox {
  /** Appends messages to `input`, all or none. Accepted means in Redis. */
  submit(messages: readonly InputMessage[]): Promise<SubmitReply>;
  /** What an earlier emitter took and did not finish; oldest first. Read once at start. */
  recover(): Promise<readonly TakenPhase[]>;
  /**
   * Moves tasks from the head of `input` into their lanes, up to `limit` and up to the next phase; their deadlines count from
   * their acceptance. A phase at the head is taken, alone.
   */
  take(limit: number): Promise<Taken>;
  /**
   * Puts a phase's tasks into their lanes and moves its progress on, in one step. `emitted` is the total after this call,
   * so a repeat of the same call (a lost reply) changes nothing. `done` forgets the phase.
   * @returns false when the phase is no longer taken: its run was stopped, or it was emitted in full.
   */
  emit(batch: EmitBatch): Promise<boolean>;
  /** Takes a run's messages out of `input` and of the taken ones; tasks already in a lane stay. Returns how many. */
  stopRun(run: string): Promise<number>;
}

export interface EmitBatch {
  readonly phaseId: string;
  readonly tasks: readonly Task[];
  readonly emitted: number;
  readonly done: boolean;
}
