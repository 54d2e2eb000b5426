import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SECOND } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { parseRequest } from '#shared/http-errors.ts';
import { resultBlob, type Blobs } from '#shared/queue/blobs.ts';
import type { QueueObserver } from '#shared/queue/observe.ts';
import type { Archive, Page } from '#shared/queue/task-sink.ts';
import { taskId, type DeadLetter } from '#shared/task.ts';

const MOST_RECORDS = 10_000;

const pageQuery = z.object({
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(MOST_RECORDS).default(100),
  run: taskId.optional(),
});

const idParams = z.object({ id: taskId });
const chosen = z.strictObject({ ids: z.union([z.literal('all'), z.array(taskId).min(1).max(MOST_RECORDS)]) });

export interface CollectorRoutesOptions {
  readonly config: FarmConfig;
  readonly archive: Archive;
  readonly observer: QueueObserver;
  readonly blobs: Blobs;
  readonly thumbnails: () => { written: number; failed: number };
  readonly authorise: (request: FastifyRequest) => Promise<void>;
}

/** Finished work over HTTP: records, dead letters, statistics. */
export function addCollectorRoutes(app: FastifyInstance, options: CollectorRoutesOptions): void {
  const { archive, authorise } = options;

  app.get('/results', async (request) => {
    return await archive.records(parseRequest(pageQuery, request.query));
  });

  app.get('/results/:id', async (request) => {
    const { id } = parseRequest(idParams, request.params);
    const state = await archive.find(id);
    if (state.state === 'unknown')
      throw new FarmhandError(
        'NOT_FOUND',
        `task ${id}: the farm does not know it, or has forgotten its record (queue.retainRecords)`,
      );
    return { id, ...state };
  });

  app.get('/results/:id/thumbnail', async (request, reply) => {
    const { id } = parseRequest(idParams, request.params);
    const bytes = await options.blobs.get(resultBlob(id));
    if (bytes === null)
      throw new FarmhandError(
        'NOT_FOUND',
        `task ${id}: no thumbnail is kept; it was written out, has expired, or never was`,
      );
    return await reply
      .type(bytes.subarray(0, 4).toString('latin1') === 'RIFF' ? 'image/webp' : 'image/jpeg')
      .send(bytes);
  });

  app.get('/stats', async () => {
    const reading = await options.observer.read(options.config.control.observationWindowS * SECOND);
    const { window, totals } = reading;
    return {
      at: reading.at,
      windowS: options.config.control.observationWindowS,
      window: { ...window, qos: window.count === 0 ? null : window.met / window.count },
      totals: { ...totals, qosCollected: totals.collected === 0 ? null : totals.met / totals.collected },
      deadLetters: reading.deadLetters,
      thumbnails: options.thumbnails(),
    };
  });

  app.get('/dead-letters', async (request) => {
    const { run, ...page } = parseRequest(pageQuery, request.query);
    if (run === undefined) return await archive.deadLetters(page);
    return await lettersOfRun(archive, { run, ...page });
  });

  app.post('/dead-letters/retry', { onRequest: authorise }, async (request) => {
    return { retried: await archive.retry(parseRequest(chosen, request.body).ids) };
  });

  app.post('/dead-letters/discard', { onRequest: authorise }, async (request) => {
    return { discarded: await archive.discard(parseRequest(chosen, request.body).ids) };
  });
}

const PART = 1_000;

/** Goes through all dead letters, newest first: they are few, or somebody has more urgent things to do than to page. */
async function lettersOfRun(
  archive: Archive,
  { run, offset, limit }: Page & { run: string },
): Promise<Awaited<ReturnType<Archive['deadLetters']>>> {
  const found: DeadLetter[] = [];
  for (let at = 0; ; at += PART) {
    const { total, letters } = await archive.deadLetters({ offset: at, limit: PART });
    found.push(...letters.filter((letter) => letter.run === run));
    if (at + PART >= total) break;
  }
  return { total: found.length, letters: found.slice(offset, offset + limit) };
}
