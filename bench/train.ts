import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentNames } from '#autoscaler/learn/agent-name.ts';
import { simulatedEnvironments } from '#autoscaler/run/environments.ts';
import { openRunDirectory } from '#autoscaler/run/record/run-directory.ts';
import { scenarioFrom } from '#autoscaler/run/scenario.ts';
import { trainAgent } from '#autoscaler/run/train/train-agent.ts';
import { usualTraining } from '#autoscaler/run/train/usual-training.ts';
import type { Clock } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';

/** What `farmhand bench train` prints. */
export interface TrainFigures {
  readonly workload: string;
  readonly agents: readonly {
    readonly agent: string;
    readonly episodes: number;
    /** Of the whole training on one core: episodes, checks and checkpoints. */
    readonly seconds: number;
    /** Updates of the learner in that time; 0 for one that learns between episodes. */
    readonly updatesPerS: number;
    /** How its best model did on held-out seeds. */
    readonly qos: number | null;
    readonly meanWorkers: number | null;
  }[];
}

const WORKLOAD = 'reference-as-coded';

/** Trains each agent as `farmhand train` does by default, one after the other, in a folder that is gone afterwards. */
export async function benchTrain(options: {
  config: FarmConfig;
  clock: Clock;
  signal: AbortSignal;
  onStep: (sentence: string) => void;
}): Promise<TrainFigures> {
  const { config, clock, signal, onStep } = options;
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-bench-train-'));
  const scenario = scenarioFrom(config, {
    workload: findWorkload(WORKLOAD, config),
    profile: 'reference',
    dispatch: 'fifo',
    actions: 'one',
    lateCost: null,
  });
  try {
    const agents = [];
    for (const agent of agentNames) {
      onStep(`trains ${agent}`);
      const plan = {
        agent,
        settings: config.agents,
        scenario,
        seed: config.workload.seed,
        agentSeed: config.workload.seed,
        ...usualTraining[agent],
        evalEpisodes: 30,
        finalEpisodes: 100,
        qosTarget: null,
        startFrom: null,
      };
      let updates = 0;
      const { episodes, seconds, final } = await trainAgent(plan, {
        directory: openRunDirectory(join(folder, agent)),
        environments: simulatedEnvironments,
        revision: null,
        clock,
        signal,
        timeLimitS: null,
        onEpisode: (point) => (updates += point.updates),
      });
      signal.throwIfAborted();
      const judged = { qos: final?.qos ?? null, meanWorkers: final?.meanWorkers ?? null };
      agents.push({ agent, episodes, seconds, updatesPerS: updates / seconds, ...judged });
    }
    return { workload: WORKLOAD, agents };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
