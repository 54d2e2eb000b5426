import type { Task } from '../task.ts';
import type { PhaseMessage } from '../workload/phase-message.ts';

/** What waits in `input`: a phase of a workload to be emitted over time, or one task that a user submitted. */
export type InputMessage =
  | { readonly kind: 'phase'; readonly id: string; readonly phase: PhaseMessage }
  | { readonly kind: 'task'; readonly id: string; readonly task: Task };

/** A message that the emitter took and has not yet emitted in full. It survives the emitter. */
export interface TakenMessage {
  readonly message: InputMessage;
  /** Redis TIME (ms) of its arrival in `input`; a user's deadline counts from here. */
  readonly acceptedAt: number;
  /** Redis TIME (ms) of the first take; a phase's time axis starts here, also after a crash. */
  readonly takenAt: number;
  /** How many of its tasks are already in a lane. */
  readonly emitted: number;
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
  recover(): Promise<readonly TakenMessage[]>;
  /** Moves up to `limit` messages from `input` to the taken ones: any number of tasks, or a single phase. */
  take(limit: number): Promise<readonly TakenMessage[]>;
  /**
   * Puts tasks into their lanes and moves the message's progress on, in one step. `emitted` is the total after this call,
   * so a repeat of the same call (a lost reply) changes nothing. `done` forgets the message.
   * @returns false when the message is no longer taken: its run was stopped, or it was emitted in full.
   */
  emit(batch: EmitBatch): Promise<boolean>;
  /** Takes a run's messages out of `input` and of the taken ones; tasks already in a lane stay. Returns how many. */
  stopRun(run: string): Promise<number>;
}

export interface EmitBatch {
  readonly messageId: string;
  readonly tasks: readonly Task[];
  readonly emitted: number;
  readonly done: boolean;
}
