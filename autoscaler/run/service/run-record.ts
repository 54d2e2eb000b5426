import { z } from 'zod';
import { errorRegistry, type ErrorCode } from '#shared/errors.ts';
import { runKinds } from './run-requests.ts';

/**
 *     queued ─▶ running ─▶ done | failed | cancelled;   queued ─▶ cancelled;   running ─▶ queued (its process stopped or died)
 */
export const runStates = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type RunState = (typeof runStates)[number];

export function hasEnded(state: RunState): boolean {
  return state !== 'queued' && state !== 'running';
}

const at = z.number().describe('Farm time, ms since 1970.');
const codes = Object.keys(errorRegistry) as [ErrorCode, ...ErrorCode[]];

export const runProgress = z.strictObject({
  done: z.int().min(0).describe('Episodes that are played.'),
  total: z.int().min(0).describe('Episodes that there are to be played.'),
});

/** A point of a training's curve: one episode. */
export const curvePoint = z.strictObject({
  episode: z.int().min(1),
  /** Which of several trainings, from 0. */
  training: z.int().min(0),
  reward: z.number(),
  qos: z.number(),
  meanWorkers: z.number(),
  exploration: z.number(),
  loss: z.number().nullable(),
});

export type CurvePoint = z.infer<typeof curvePoint>;

/** A run as it is shown; `events` and the curve are beside it. */
export const runRecord = z.strictObject({
  id: z.string(),
  kind: z.enum(runKinds),
  state: z.enum(runStates),
  /** Why it waits although it had begun; null: it does not. */
  because: z.string().nullable(),
  /** As it was sent. */
  request: z.record(z.string(), z.unknown()),
  progress: runProgress,
  createdAt: at,
  /** When it first began; null: it has not. */
  startedAt: at.nullable(),
  endedAt: at.nullable(),
  /** Of a run that is done: of a training `model` is the id of the stored model. */
  result: z.record(z.string(), z.unknown()).nullable(),
  error: z.strictObject({ code: z.enum(codes), message: z.string() }).nullable(),
});

export type RunRecord = z.infer<typeof runRecord>;

/** One entry of a run's stream. `id` grows; whoever saw one reads on after it. */
export interface RunEvent {
  readonly id: string;
  readonly kind: 'progress' | 'end';
  /** JSON. */
  readonly data: string;
}
