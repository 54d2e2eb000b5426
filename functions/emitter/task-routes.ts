import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SECOND } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { parseRequest } from '#shared/http-errors.ts';
import type { Blobs } from '#shared/queue/blobs.ts';
import type { TaskInbox } from '#shared/queue/task-inbox.ts';
import type { Archive } from '#shared/queue/task-sink.ts';
import type { Rng } from '#shared/rng.ts';
import { deadlineFor, deadlineRule, taskId, type Task } from '#shared/task.ts';

const milliseconds = z
  .number('expected a number of ms over 0')
  .positive('expected a number of ms over 0')
  .max(86_400_000);

const taskRequest = z.strictObject({
  /** Made here when it is missing. With one of your own, a repeated submission is recognised. */
  id: taskId.optional(),
  kind: z.string().min(1).max(64),
  payload: z.json().default(null),
  /** Without one: what the farm aims at (workload.targetMeanProcessingTimeS). */
  expectedServiceMs: milliseconds.optional(),
  /** Without one: from the expected service (deadline in farm.yml). */
  deadlineMs: milliseconds.optional(),
  /** The payload's large bytes, base64: kept beside the task as its blob. */
  blobBase64: z.base64().optional(),
});

const MOST_TASKS = 1_000;
const tasksRequest = z.array(taskRequest).min(1).max(MOST_TASKS);

export interface TaskRoutesOptions {
  readonly config: FarmConfig;
  readonly rng: Rng;
  readonly inbox: TaskInbox;
  readonly blobs: Blobs;
  readonly archive: Pick<Archive, 'find'>;
  readonly authorise: (request: FastifyRequest) => Promise<void>;
}

/** Users' own tasks, one or a batch. 202 means that they are in Redis. */
export function addTaskRoutes(app: FastifyInstance, options: TaskRoutesOptions): void {
  const { config, inbox, authorise } = options;
  // Base64 makes a blob a third longer.
  const bodyLimit = Math.ceil(config.queue.maxBlobBytes * 1.4);

  app.post('/tasks', { onRequest: authorise, bodyLimit }, async (request, reply) => {
    const requests = parseRequest(tasksRequest, Array.isArray(request.body) ? request.body : [request.body]);
    const tasks = new Map<string, Task>();
    const bytes = new Map<string, string>();
    const repeated: string[] = [];
    for (const request of requests) {
      const task = makeTask(request, options);
      if (tasks.has(task.id)) repeated.push(task.id);
      else if (request.blobBase64 !== undefined) bytes.set(task.id, request.blobBase64);
      if (!tasks.has(task.id)) tasks.set(task.id, task);
    }
    const { duplicates } = await withBlobs(bytes, options, () =>
      inbox.submit([...tasks].map(([id, task]) => ({ kind: 'task', id, task }))),
    );
    const known = new Set(duplicates);
    const ids = [...tasks.keys()];
    return await reply.status(202).send({
      accepted: ids.filter((id) => !known.has(id)),
      duplicates: [...duplicates, ...repeated],
      links: Object.fromEntries(ids.map((id) => [id, `/function/collector/results/${id}`])),
    });
  });
}

/** Puts the tasks' bytes in place, then submits. Bytes of tasks that did not get in are taken back: nobody would fetch them. */
async function withBlobs<T>(
  bytes: ReadonlyMap<string, string>,
  { blobs, archive }: Pick<TaskRoutesOptions, 'blobs' | 'archive'>,
  submit: () => Promise<T>,
): Promise<T> {
  const isKnown = async (id: string): Promise<boolean> => (await archive.find(id)).state !== 'unknown';
  const put: string[] = [];
  try {
    for (const [id, base64] of bytes) {
      // A repeated submission must not touch the payload of the task that is there already.
      if (await isKnown(id)) continue;
      await blobs.put(id, Buffer.from(base64, 'base64'));
      put.push(id);
    }
    return await submit();
  } catch (thrown) {
    const takeBack = async (id: string): Promise<void> => {
      if (!(await isKnown(id))) await blobs.delete(id);
    };
    await Promise.allSettled(put.map(takeBack));
    throw thrown;
  }
}

function makeTask(request: z.output<typeof taskRequest>, options: TaskRoutesOptions): Task {
  const { config, rng } = options;
  const payloadBytes = Buffer.byteLength(JSON.stringify(request.payload));
  if (payloadBytes > config.queue.maxPayloadBytes) {
    throw new FarmhandError(
      'BODY_TOO_LARGE',
      `payload: ${payloadBytes} bytes; at most ${config.queue.maxPayloadBytes} are allowed (queue.maxPayloadBytes); send large bytes as blobBase64`,
    );
  }
  const expectedServiceMs = request.expectedServiceMs ?? config.workload.targetMeanProcessingTimeS * SECOND;
  return {
    id:
      request.id ??
      `task-${rng
        .int(2 ** 48)
        .toString(36)
        .padStart(10, '0')}`,
    kind: request.kind,
    payload: request.payload,
    expectedServiceMs,
    deadlineMs: request.deadlineMs ?? deadlineFor(expectedServiceMs, deadlineRule(config)),
    ...(request.blobBase64 === undefined ? {} : { blob: true }),
  };
}
