import { z } from 'zod';
import { SECOND } from './clock.ts';
import type { FarmConfig } from './config.ts';

/**
 * A task and its life: submitted (input) → waiting (lane) → in flight (claimed under a lease) → finished (result) →
 * collected (output), or dead-lettered with its error. Relative times are milliseconds; absolute ones are Redis TIME in
 * milliseconds since 1970 with microsecond digits, stamped by the queue's scripts.
 */
export interface Task extends TaskBody {
  /** 1 to 128 of [A-Za-z0-9_.:-]; the unit of deduplication. */
  readonly id: string;
  /** Estimated service time, waiting excluded. Wrong estimates cost punctuality, never correctness. */
  readonly expectedServiceMs: number;
  /** Time allowed from generation to collection. */
  readonly deadlineMs: number;
  /** The run that generated the task; absent for a user's own. */
  readonly run?: string;
}

/** What a worker needs to work on a task. It may be large, so what only moves, counts or judges tasks does without it. */
export interface TaskBody {
  /** A task kind that the worker knows (functions/worker/kinds). */
  readonly kind: string;
  /** What the kind needs, as JSON; the kind parses it. Large bytes go to a blob instead. */
  readonly payload: unknown;
  /** Image tasks and calibrated ones: pixels per side. */
  readonly sizePx?: number;
  /** True when the task owns the blob `{farm}:blob:<id>`, which lives exactly as long as the task does. */
  readonly blob?: boolean;
  /** Why the task cannot be done, known before any worker saw it (its payload cannot be had): it goes to the dead letters. */
  readonly fault?: string;
}

/** A task in any of its states, but for its body. */
export type WithoutBody<T extends Task> = Omit<T, keyof TaskBody>;

export const taskId = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,128}$/, 'expected 1 to 128 characters of A-Z a-z 0-9 _ . : -');

/** A task in the queue, with the times that the scripts stamped. */
export interface QueuedTask extends Task {
  readonly generatedAt: number;
  readonly deadlineAt: number;
  /** deadlineAt − expectedServiceMs: after this moment even an idle worker is too late. */
  readonly latestStart: number;
  /** Claims that ended without a result (crash, lease expired, failure); releases on drain do not count. */
  readonly attempts: number;
}

/** A task in the hands of a worker. The epoch fences it: whoever holds an older one cannot finish the task. */
export interface Claim {
  readonly task: QueuedTask;
  readonly epoch: number;
  readonly claimedAt: number;
  readonly leaseExpiresAt: number;
}

/** How the work on a claim ended. `retry: false` says that no other attempt can succeed (the input is bad). */
export type Outcome =
  | { readonly kind: 'done'; readonly value: unknown; readonly serviceMs: number }
  | { readonly kind: 'failed'; readonly error: string; readonly retry: boolean; readonly serviceMs: number };

/** A task whose result waits for the collector. */
export interface FinishedTask extends QueuedTask {
  readonly worker: string;
  readonly claimedAt: number;
  readonly finishedAt: number;
  readonly serviceMs: number;
  readonly value: unknown;
}

/** The one record that a completed task leaves in output. */
export interface TaskRecord extends FinishedTask {
  readonly collectedAt: number;
  /** collectedAt ≤ deadlineAt, judged inside the commit script (qos.ts). */
  readonly metDeadline: boolean;
}

/** The record of a task that could not be completed. */
export interface DeadLetter extends QueuedTask {
  readonly error: string;
  readonly diedAt: number;
}

export interface DeadlineRule {
  readonly coefficient: number;
  readonly floorMs: number;
  readonly capMs: number;
}

/** farm.yml's section `deadline`, in ms. */
export function deadlineRule({ deadline }: Pick<FarmConfig, 'deadline'>): DeadlineRule {
  return { coefficient: deadline.coefficient, floorMs: deadline.floorS * SECOND, capMs: deadline.capS * SECOND };
}

/**
 * deadline = clamp(coefficient × expected service, floor, cap), all in ms.
 * With the reference's 2.0, 100 ms and 30 s: 1,473 ms of service → 2,946 ms; 20 ms → 100 ms (floor); 20 s → 30 s (cap).
 * Source: task-farm reference, `calculate_deadline`; test/shared/task.test.ts shows the example.
 */
export function deadlineFor(expectedServiceMs: number, rule: DeadlineRule): number {
  return Math.min(Math.max(rule.coefficient * expectedServiceMs, rule.floorMs), rule.capMs);
}
