import type { Environment, ResetResult, StepResult } from '../env/environment.ts';
import type { Policy } from '../policy/policy.ts';
import type { EpisodeRecord, EpisodeSummary, StepRow } from './episode.ts';

export interface EpisodePlan {
  readonly environment: Environment;
  /** New for each episode: what it remembers is of one. */
  readonly policy: Policy;
  readonly seed: number;
  /** Ends the episode after the step in progress; its record then covers what was played. */
  readonly signal?: AbortSignal | undefined;
}

/** Plays one episode: the policy's wish becomes the nearest action that the environment has. */
export async function playEpisode({ environment, policy, seed, signal }: EpisodePlan): Promise<EpisodeRecord> {
  const { actions } = environment;
  const book = new EpisodeBook(seed);
  let seen: ResetResult | StepResult = await environment.reset({ seed });
  book.open(seen);
  for (let over = false; !over && signal?.aborted !== true;) {
    const workers = seen.observation[4];
    const decision = policy.decide(seen);
    const wanted = decision.kind === 'scale' ? decision.replicas : workers;
    const result: StepResult = await environment.step(actions.actionFor(wanted, workers));
    book.add(result);
    over = result.terminated || result.truncated;
    seen = result;
  }
  return book.close((await environment.qosByQuartile?.()) ?? null);
}

/** Keeps the rows of an episode and sums them up, whoever plays it. */
export class EpisodeBook {
  readonly #seed: number;
  readonly #rows: StepRow[] = [];
  #last: ResetResult | StepResult | null = null;
  #total = 0;
  #stepQos = 0;
  #max = 0;
  readonly #scaling = { up: 0, down: 0, noop: 0 };

  constructor(seed: number) {
    this.#seed = seed;
  }

  open(first: ResetResult): void {
    this.#last = first;
    this.#max = first.observation[4];
  }

  add(result: StepResult): void {
    const { observation, reward, info } = result;
    this.#last = result;
    this.#total += reward;
    this.#stepQos += observation[8];
    this.#max = Math.max(this.#max, observation[4]);
    this.#scaling[info.requestedDelta > 0 ? 'up' : info.requestedDelta < 0 ? 'down' : 'noop'] += 1;
    this.#rows.push({
      step: info.step,
      atS: info.elapsedS,
      requestedDelta: info.requestedDelta,
      appliedDelta: info.appliedDelta,
      observation,
      inFlight: info.inFlight,
      active: info.active,
      reward,
      rewardTerms: info.rewardTerms,
    });
  }

  /** `qosByQuartile`: null where the farm does not tell, or nobody asks. */
  close(qosByQuartile: EpisodeSummary['qosByQuartile'] = null): EpisodeRecord {
    return { summary: this.#summary(qosByQuartile), rows: this.#rows };
  }

  #summary(qosByQuartile: EpisodeSummary['qosByQuartile']): EpisodeSummary {
    if (this.#last === null) throw new Error('the episode was never opened');
    const { counts, workerSeconds, elapsedS } = this.#last.info;
    const steps = this.#rows.length;
    const perStep = Math.max(1, steps);
    const perSecond = elapsedS > 0 ? elapsedS : 1;
    return {
      seed: this.#seed,
      steps,
      totalReward: this.#total,
      meanReward: this.#total / perStep,
      qos: counts.emitted === 0 ? 1 : counts.met / counts.emitted,
      qosCollected: counts.collected === 0 ? 1 : counts.met / counts.collected,
      meanStepQos: this.#stepQos / perStep,
      qosByQuartile,
      submitted: counts.emitted,
      processed: counts.collected,
      violations: counts.collected - counts.met,
      unfinished: counts.emitted - counts.collected - counts.dead,
      workers: {
        mean: workerSeconds.active / perSecond,
        desired: workerSeconds.desired / perSecond,
        parked: workerSeconds.parked / perSecond,
        max: this.#max,
      },
      scaling: { ...this.#scaling },
      durationS: elapsedS,
    };
  }
}
