import { rmSync } from 'node:fs';
import { constants, platform, setPriority } from 'node:os';
import { SystemClock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { silentLogger } from '#shared/log.ts';
import { connectRedis, redisUrlOf, stopWaitingForRedis } from '#shared/redis.ts';
import { simulatedEnvironments, type Environments } from '../environments.ts';
import { serveThread, type ThreadTools } from '../parallel/thread.ts';
import { doComparison } from './do-comparison.ts';
import { doTraining } from './do-training.ts';
import type { JobOutcome, RunJob } from './run-job.ts';

/**
 * The worker thread that does one run: its own composition root. It has a connection of its own to Redis, so that a
 * checkpoint's bytes never pass through the thread that steers the farm.
 */
serveThread(async (job: RunJob, tools): Promise<JobOutcome> => {
  // Linux gives each thread a priority of its own; elsewhere the whole process would have it.
  if (platform() === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const clock = new SystemClock();
  rmSync(job.folder, { recursive: true, force: true });
  const redis = await connectRedis({ url: redisUrlOf(job.secrets), log: silentLogger });
  // A checkpoint that cannot be kept holds up nobody who wants an end: the last one that was kept is gone on from.
  tools.signal.addEventListener('abort', () => stopWaitingForRedis(redis), { once: true });
  try {
    const environments = await environmentsOf(job, { clock, signal: tools.signal });
    const { work } = job;
    return work.kind === 'train'
      ? await doTraining(job, work, { ...tools, redis, clock, environments })
      : await doComparison(job, work.settings, { ...tools, environments });
  } finally {
    redis.disconnect();
    rmSync(job.folder, { recursive: true, force: true });
  }
});

async function environmentsOf(
  { work, config, secrets }: RunJob,
  { clock, signal }: { clock: SystemClock; signal: ThreadTools['signal'] },
): Promise<Environments> {
  const { profile } = work.kind === 'train' ? work.settings.plan.scenario : work.settings.scenario;
  if (profile !== 'live') return simulatedEnvironments;
  if (secrets.farmToken === null) {
    throw new FarmhandError('UNAUTHORISED', "a live run needs the farm's token (secret farm-token)");
  }
  const { liveEnvironments } = await import('../live/live-environments.ts');
  const { GatewayFunctions } = await import('../live/gateway-functions.ts');
  const { url } = config.gateway;
  return liveEnvironments({
    farm: {
      ...secrets,
      url,
      redisUrl: redisUrlOf(secrets),
      functions: new GatewayFunctions({ url, token: secrets.farmToken }),
    },
    ...{ config, others: 'refuse', clock, log: silentLogger, signal },
  });
}
