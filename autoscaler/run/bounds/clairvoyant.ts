import { Sfc32 } from '#shared/rng.ts';
import type { SimulatedEnvironment } from '../../env/simulated-environment.ts';
import { OpenLoopPolicy } from '../../policy/open-loop.ts';
import type { Contender } from '../play/contender.ts';
import { anneal } from './anneal.ts';

export interface ClairvoyantOptions {
  /** A farm with the actions −1, 0, +1, judged by the cost reward: what it minimises is the negative of that. */
  readonly environment: SimulatedEnvironment;
  readonly maxSteps: number;
  /** Simulated episodes a seed. */
  readonly iterations: number;
}

/** Temperatures in units of the cost reward: at first a few late tasks more are accepted, at last none. */
const FROM = 20;
const TO = 0.1;

/**
 * The bound: for each seed a schedule annealed with knowledge of every arrival, service time and delay of that very
 * episode, then played on it. No policy can know that, so it is never deployable. An annealed schedule is a good one and not
 * provably the best one, so the bound errs to the side of too many workers.
 */
export function clairvoyant(options: ClairvoyantOptions): Contender {
  return {
    name: 'clairvoyant',
    deployable: false,
    usesClock: true,
    trainedOn: null,
    fingerprint: null,
    policyFor: (seed) => new OpenLoopPolicy('clairvoyant', annealSchedule(options, seed)),
  };
}

/** Workers by step, from the episode's first decision. */
export function annealSchedule({ environment, maxSteps, iterations }: ClairvoyantOptions, seed: number): number[] {
  const { deltas } = anneal({
    cost: (candidate) => -playDeltas(environment, seed, candidate).reward,
    ...{ steps: maxSteps, iterations, from: FROM, to: TO },
    rng: new Sfc32(seed).fork('annealing'),
  });
  return playDeltas(environment, seed, deltas).workers;
}

/** Plays the changes; after the last one, and at a bound, the pool stays as it is. */
export function playDeltas(
  environment: SimulatedEnvironment,
  seed: number,
  deltas: Int8Array,
): { readonly reward: number; readonly workers: number[] } {
  const { actions } = environment;
  let workers = environment.reset({ seed }).observation[4];
  let reward = 0;
  const schedule: number[] = [];
  for (let step = 0; ; step += 1) {
    const action = actions.actionFor(workers + (deltas[step] ?? 0), workers);
    const result = environment.step(action);
    reward += result.reward;
    workers = result.observation[4];
    schedule.push(workers);
    if (result.terminated || result.truncated) return { reward, workers: schedule };
  }
}
