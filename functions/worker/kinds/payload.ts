import type { z } from 'zod';
import { describeIssues } from '#shared/parse.ts';
import type { QueuedTask } from '#shared/task.ts';
import { PermanentError } from './kind.ts';

/** The task's payload as its kind's schema reads it. PermanentError naming each bad key otherwise. */
export function parsePayload<Schema extends z.ZodType>(task: QueuedTask, schema: Schema): z.output<Schema> {
  const payload = task.payload ?? {};
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw new PermanentError(`payload of ${task.kind} task ${task.id}: ${describeIssues(parsed.error, payload)}`);
}
