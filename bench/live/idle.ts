import { SECOND, type Clock } from '#shared/clock.ts';
import { cpuSeconds, farmProcesses, pssMB } from './processes.ts';
import { mean } from './statistics.ts';

export interface IdleFigures {
  /** Mean over the workers. */
  readonly pssPerIdleWorkerMB: number;
  /** CPU of the whole farm (gateway, Redis, every function) as a share of one core, in percent. */
  readonly idleCpuPercent: number;
}

/** Time that start-up work gets to settle, and time over which an idle farm is watched. */
const SETTLE_MS = 8 * SECOND;
const WATCH_MS = 20 * SECOND;

/** What a farm costs that has nothing to do. Call with all workers ready and the control loop paused. */
export async function measureIdle(options: { daemonPid: number; clock: Clock }): Promise<IdleFigures> {
  const { daemonPid, clock } = options;
  await clock.sleep(SETTLE_MS);
  const processes = farmProcesses(daemonPid);
  const cpu = (): number => processes.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
  const startedAt = clock.monotonic();
  const before = cpu();
  await clock.sleep(WATCH_MS);
  const idleCpuPercent = ((cpu() - before) / ((clock.monotonic() - startedAt) / SECOND)) * 100;
  const workers = processes.filter(({ folder }) => folder === 'worker');
  return { pssPerIdleWorkerMB: mean(workers.map(({ pid }) => pssMB(pid))), idleCpuPercent };
}
