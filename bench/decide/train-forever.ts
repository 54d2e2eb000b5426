import { workerData } from 'node:worker_threads';
import { createLearner } from '#autoscaler/learn/agents.ts';
import { openSimulated } from '#autoscaler/run/environments.ts';
import type { Scenario } from '#autoscaler/run/scenario.ts';
import { learnEpisode } from '#autoscaler/run/train/learn-episode.ts';
import type { FarmConfig } from '#shared/config.ts';
import { Sfc32 } from '#shared/rng.ts';

/** What the thread is started with. */
export interface TrainForeverData {
  readonly scenario: Scenario;
  readonly settings: FarmConfig['agents'];
}

/** A worker thread that trains a DQN, as the train endpoint does, until it is ended. */
const { scenario, settings } = workerData as TrainForeverData;
const { actions: name, minWorkers, maxWorkers } = scenario;
const learner = await createLearner('dqn', { settings, actions: { name, minWorkers, maxWorkers }, rng: new Sfc32(1) });
const environment = openSimulated(scenario);
for (let seed = 0; ; seed += 1) await learnEpisode(environment, learner, { seed });
