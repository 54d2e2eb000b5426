import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SECOND, type Clock } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { parseRequest } from '#shared/http-errors.ts';
import type { TaskInbox } from '#shared/queue/task-inbox.ts';
import type { Rng } from '#shared/rng.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { parseWorkload } from '#shared/workload/parse-workload.ts';
import { planWorkload } from '#shared/workload/plan.ts';
import { withKind } from '#shared/workload/service-settings.ts';
import { folderFiles } from './folder-files.ts';
import type { Run, RunSource, RunStore } from './run-store.ts';

const seed = z
  .int('expected a whole number from 0 to 2147483647')
  .min(0)
  .max(2 ** 31 - 1);

const runRequest = z.strictObject({
  /** Its name, or the whole of it. */
  workload: z.unknown().refine((given) => given !== undefined, 'expected the name of a workload, or a workload'),
  seed: seed.optional(),
  kind: z.enum(['image', 'calibrated']).optional(),
});

const folderRequest = z.strictObject({
  path: z.string().min(1),
  out: z.string().startsWith('/', 'expected an absolute path').optional(),
  deadlineMs: z.number().positive().optional(),
});

const runParams = z.object({ id: z.string() });

export interface RunRoutesOptions {
  readonly config: FarmConfig;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly inbox: TaskInbox;
  readonly runs: RunStore;
  readonly authorise: (request: FastifyRequest) => Promise<void>;
  /** Told when nothing of a run is left to be taken: what is being emitted of it ends. */
  readonly onStopped: (run: string) => Promise<void>;
}

/** Runs: a workload or a folder, started, watched and stopped. */
export function addRunRoutes(app: FastifyInstance, options: RunRoutesOptions): void {
  const { config, runs, inbox, authorise } = options;

  app.post('/runs', { onRequest: authorise }, async (request, reply) => {
    const body = parseRequest(runRequest, request.body);
    const named =
      typeof body.workload === 'string' ? findWorkload(body.workload, config) : parseWorkload(body.workload, config);
    const workload = body.kind === undefined ? named : withKind(named, body.kind, config.workload);
    const plan = planWorkload(workload, { seed: body.seed ?? config.workload.seed });
    const phases = plan.phases.map((phase) => ({ name: phase.name, tasks: phase.tasks.length }));
    const run = await startRun(options, {
      name: workload.name,
      source: { kind: 'workload', workload, seed: plan.seed },
      phases,
    });
    return await reply.status(202).send(accepted(run));
  });

  app.post('/folders', { onRequest: authorise }, async (request, reply) => {
    const { path, out, deadlineMs } = parseRequest(folderRequest, request.body);
    const files = await folderFiles(path, config.emitter.imageRoots);
    const source = {
      kind: 'folder',
      folder: path,
      files,
      out: out ?? null,
      deadlineMs: deadlineMs ?? config.deadline.capS * SECOND,
    } as const;
    const run = await startRun(options, { name: 'folder', source, phases: [{ name: path, tasks: files.length }] });
    return await reply.status(202).send(accepted(run));
  });

  app.get('/runs', async () => ({ runs: await Promise.all((await runs.list()).map((run) => runs.status(run))) }));

  app.get('/runs/:id', async (request) => runs.status(await findRun(runs, request)));

  app.delete('/runs/:id', { onRequest: authorise }, async (request) => {
    const run = await findRun(runs, request);
    await runs.markStopped(run);
    await inbox.stopRun(run.id);
    await options.onStopped(run.id);
    return await runs.status({ ...run, stopped: true });
  });
}

async function findRun(runs: RunStore, request: FastifyRequest): Promise<Run> {
  const { id } = parseRequest(runParams, request.params);
  const run = await runs.find(id);
  if (run === null) throw new FarmhandError('NOT_FOUND', `run ${id}: there is none; GET /runs lists them`);
  return run;
}

async function startRun(
  options: RunRoutesOptions,
  start: { name: string; source: RunSource; phases: Run['phases'] },
): Promise<Run> {
  const { rng, clock, runs, inbox } = options;
  const stem = start.name.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 40);
  const run: Run = {
    id: `${stem}-${rng
      .int(36 ** 6)
      .toString(36)
      .padStart(6, '0')}`,
    source: start.source,
    total: start.phases.reduce((sum, phase) => sum + phase.tasks, 0),
    phases: start.phases,
    startedAt: clock.farmTime(),
    stopped: false,
  };
  // The run first: an emitter that takes one of its phases must find it.
  await runs.add(run);
  try {
    await inbox.submit(
      run.phases.map(({ name }, index) => ({
        kind: 'phase',
        id: `${run.id}/${index}`,
        phase: { run: run.id, index, name },
      })),
    );
  } catch (thrown) {
    // Or it would be shown as running for ever.
    await runs.remove(run.id);
    throw thrown;
  }
  return run;
}

function accepted(run: Run): Record<string, unknown> {
  const self = `/function/emitter/runs/${run.id}`;
  return { run: run.id, total: run.total, links: { status: self, stop: self } };
}
