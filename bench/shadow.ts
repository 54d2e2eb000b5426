import { join } from 'node:path';
import type { Clock } from '#shared/clock.ts';
import type { Environment, FarmConfig } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import type { RedisFarm } from '#shared/queue/redis-farm.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { withKind } from '#shared/workload/service-settings.ts';
import type { Workload } from '#shared/workload/workload.ts';
import { ModelFolder } from '#autoscaler/model-store/folder.ts';
import { RulesAndModels } from '#autoscaler/model-store/policy-shelf.ts';
import { ContinualCalibration } from '#autoscaler/run/continual/continual-calibration.ts';
import { readFarmLog } from '#autoscaler/run/continual/farm-log.ts';
import { redisFarmProfiles } from '#autoscaler/run/continual/farm-profiles.ts';
import type { ShadowFigures } from '#autoscaler/run/shadow/shadow-report.ts';
import { loggedWindow } from '#autoscaler/run/shadow/logged-window.ts';
import { makeShadowReport } from '#autoscaler/run/shadow/make-report.ts';
import { timingProfile } from '#autoscaler/sim/profiles/catalogue.ts';
import type { FarmClient } from './live/farm-client.ts';
import { mean } from './live/statistics.ts';
import { startOwnFarm } from './own-farm.ts';
import { controlOf, playRun } from './shadow/play.ts';

/** One seed: what the report says of the candidate, and what came of it when it decided. QoS are shares. */
export interface ShadowRow {
  readonly seed: number;
  readonly tasks: number;
  readonly agreement: number | null;
  readonly qos: ShadowComparison;
  readonly meanWorkers: ShadowComparison;
}

export interface ShadowComparison {
  /** The live policy, beside which the candidate stood in shadow; and the same, replayed. */
  readonly before: number;
  readonly beforeReplayed: number;
  /** The candidate, replayed; and less the simulator's error. */
  readonly replayed: number;
  readonly expected: number;
  /** The candidate, when it decided. */
  readonly live: number;
  /** live − expected. */
  readonly difference: number;
}

/** What `farmhand bench shadow` prints. */
export interface ShadowBenchFigures {
  readonly workload: string;
  readonly live: string;
  readonly candidate: string;
  readonly rows: readonly ShadowRow[];
  /** Of the means over all seeds: live − expected, in points of QoS and in workers. */
  readonly qosPoints: number;
  readonly workers: number;
  /** The same against the replay as it is. */
  readonly replayedQosPoints: number;
}

export interface ShadowBenchOptions {
  readonly root: string;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onStep: (sentence: string) => void;
  readonly workload: string;
  readonly live: string;
  readonly candidate: string;
  readonly episodes: number;
  readonly seed: number;
}

/**
 * Holds shadow reports against the switch that they speak of: for each seed, the live policy decides with the candidate in
 * shadow, the report is made, and then the candidate decides on the same tasks. On a farm of its own.
 */
export async function benchShadow(options: ShadowBenchOptions): Promise<ShadowBenchFigures> {
  await using farm = await startOwnFarm(options);
  const { redis, queue, config } = farm;
  const calibration = new ContinualCalibration({
    ...queue,
    profiles: redisFarmProfiles({ redis, farm: config.farm }),
    prior: timingProfile('farmhand'),
    ...{ clock: options.clock, log: silentLogger, leads: () => true },
  });
  return await playAll(options, { ...farm, calibration });
}

interface BenchFarm {
  readonly client: FarmClient;
  readonly queue: RedisFarm;
  readonly config: FarmConfig;
  readonly calibration: ContinualCalibration;
}

async function playAll(options: ShadowBenchOptions, farm: BenchFarm): Promise<ShadowBenchFigures> {
  const { config } = farm;
  const { live, candidate, onStep } = options;
  const workload = withKind(findWorkload(options.workload, config), 'calibrated', config.workload);
  onStep(`plays ${workload.name} once with each, so that code is loaded and the farm's own timing is known`);
  for (const policy of [live, candidate])
    await playRun({ ...farm, ...options, workload }, { policy, shadow: null, seed: 0 });
  const rows: ShadowRow[] = [];
  for (let episode = 0; episode < options.episodes; episode += 1) {
    const seed = options.seed + episode;
    onStep(`seed ${seed}: ${live} decides with ${candidate} in shadow; then ${candidate} decides`);
    rows.push(await playSeed(options, { ...farm, workload, seed }));
  }
  const meanOf = (of: (row: ShadowRow) => number): number => mean(rows.map(of));
  return {
    ...{ workload: workload.name, live, candidate, rows },
    qosPoints: 100 * meanOf(({ qos }) => qos.difference),
    workers: meanOf(({ meanWorkers }) => meanWorkers.difference),
    replayedQosPoints: 100 * meanOf(({ qos }) => qos.live - qos.replayed),
  };
}

async function playSeed(
  options: ShadowBenchOptions,
  farm: BenchFarm & { workload: Workload; seed: number },
): Promise<ShadowRow> {
  const { queue, config, calibration, seed } = farm;
  const { root, live, candidate, signal } = options;
  const parts = { ...options, ...farm };
  const since = await playRun(parts, { policy: live, shadow: candidate, seed });
  const fitted = await calibration.fit();
  const report = await makeShadowReport({
    ...queue,
    ...{ config, live, candidate, since, signal },
    policies: new RulesAndModels({ folder: new ModelFolder(join(root, 'models')) }),
    control: controlOf(farm),
    profile: fitted?.profile ?? timingProfile('farmhand'),
  });
  const switchedAt = await playRun(parts, { policy: candidate, shadow: null, seed });
  const { tasks, meanWorkers } = loggedWindow(await readFarmLog(queue, { since: switchedAt, most: MOST_RECORDS }));
  const qos = tasks.filter(({ metDeadline }) => metDeadline).length / tasks.length;
  return {
    ...{ seed, tasks: tasks.length, agreement: report.agreement },
    qos: compare(report.qos, qos),
    meanWorkers: compare(report.meanWorkers, meanWorkers),
  };
}

const MOST_RECORDS = 20_000;

function compare({ live, liveReplayed, shadow, expected }: ShadowFigures, switched: number): ShadowComparison {
  return {
    before: live,
    beforeReplayed: liveReplayed,
    replayed: shadow,
    expected,
    live: switched,
    difference: switched - expected,
  };
}
