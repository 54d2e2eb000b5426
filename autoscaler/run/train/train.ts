import type { Clock } from '#shared/clock.ts';
import type { Environments } from '../environments.ts';
import { runInThreads } from '../parallel/pool.ts';
import { openRunDirectory, type RunDirectory } from '../record/run-directory.ts';
import { spreadOf, type Spread } from '../statistics.ts';
import { isBetter, type Verdict } from './judge.ts';
import type { TrainingPlan } from './plan.ts';
import { trainAgent, type TrainingOutcome } from './train-agent.ts';
import type { TrainSettings } from './train-settings.ts';
import type { Keeping } from './training.ts';
import { SUMMARY } from './training-files.ts';
import type { TrainingPoint } from './training-state.ts';

export interface TrainOptions {
  readonly directory: RunDirectory;
  readonly environments: Environments;
  readonly revision: string | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeLimitS: number | null;
  readonly keeping?: Keeping;
  /** Trainings at a time, each in a thread; only where environments may be open in parallel. */
  readonly threads: number;
  /** After each episode of the training number `agent`, from 0. */
  readonly onEpisode: (point: TrainingPoint, agent: number) => void;
}

/** One training in a thread. */
export interface TrainJob {
  readonly plan: TrainingPlan;
  readonly directory: string;
  readonly revision: string | null;
  readonly timeLimitS: number | null;
}

export interface TrainResult {
  /** Folder of the best model of all trainings; null where all were interrupted before their first check. */
  readonly model: string | null;
  /** Of all trainings. */
  readonly episodes: number;
  /** Of the training that took longest. */
  readonly seconds: number;
  /** How that model did on held-out seeds; null where a training was interrupted. */
  readonly final: Verdict | null;
  readonly agents: readonly TrainingOutcome[];
}

/** Trains one agent for each agent seed, goes on where the directory has checkpoints, and names the best model. */
export async function train(settings: TrainSettings, options: TrainOptions): Promise<TrainResult> {
  const jobs = settings.agentSeeds.map((agentSeed, index): TrainJob => {
    const plan = { ...settings.plan, agentSeed };
    return { ...options, plan, directory: trainingFolder(options.directory, settings, index) };
  });
  const threads = options.environments.parallel ? options.threads : 1;
  const agents = jobs.length > 1 && threads > 1 ? await trainInThreads(jobs, options) : await trainHere(jobs, options);
  const complete = agents.every(({ end }) => end !== 'interrupted');
  if (complete && agents.length > 1) options.directory.writeJson(SUMMARY, summarise(agents));
  const best = bestOf(agents, settings.plan.qosTarget);
  return {
    model: best?.model ?? null,
    episodes: agents.reduce((sum, { episodes }) => sum + episodes, 0),
    seconds: Math.max(...agents.map(({ seconds }) => seconds)),
    final: complete ? (best?.final ?? null) : null,
    agents,
  };
}

/** The run's own folder where there is one training, else agent-1, agent-2, … in it. */
export function trainingFolder(directory: RunDirectory, { agentSeeds }: TrainSettings, index: number): string {
  return agentSeeds.length === 1 ? directory.path : directory.file(`agent-${index + 1}`);
}

async function trainHere(jobs: readonly TrainJob[], options: TrainOptions): Promise<TrainingOutcome[]> {
  const outcomes: TrainingOutcome[] = [];
  for (const [index, { plan, directory }] of jobs.entries()) {
    outcomes.push(
      await trainAgent(plan, {
        ...options,
        directory: openRunDirectory(directory),
        onEpisode: (point) => options.onEpisode(point, index),
      }),
    );
  }
  return outcomes;
}

function trainInThreads(jobs: readonly TrainJob[], options: TrainOptions): Promise<TrainingOutcome[]> {
  return runInThreads<TrainingOutcome>(
    jobs.map(({ plan, directory, revision, timeLimitS }) => ({ plan, directory, revision, timeLimitS })),
    {
      module: new URL('./train-thread.ts', import.meta.url),
      threads: options.threads,
      signal: options.signal,
      onProgress: (point, job) => options.onEpisode(point as TrainingPoint, job),
    },
  );
}

/** By the checks, and not by the final evaluation: else the figure that is reported would be the luckiest of several. */
function bestOf(agents: readonly TrainingOutcome[], qosTarget: number | null): TrainingOutcome | null {
  let best: TrainingOutcome | null = null;
  for (const outcome of agents) {
    if (outcome.check !== null && isBetter(outcome.check, best?.check ?? null, qosTarget)) best = outcome;
  }
  return best;
}

/** Over the trainings: how much the agent's own chance matters. */
function summarise(agents: readonly TrainingOutcome[]): object {
  const finals = agents.flatMap(({ final }) => final ?? []);
  const over = (of: (verdict: Verdict) => number): Spread => spreadOf(finals.map(of));
  return {
    agents: agents.map(({ agentSeed, end, episodes, check, final }) => ({ agentSeed, end, episodes, check, final })),
    qos: over(({ qos }) => qos),
    meanWorkers: over(({ meanWorkers }) => meanWorkers),
    reward: over(({ reward }) => reward),
  };
}
