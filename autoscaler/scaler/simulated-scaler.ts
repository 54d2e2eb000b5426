import type { FarmSim } from '../sim/farm/farm-sim.ts';
import type { Grant, ScaleReading, Scaler } from './scaler.ts';

export interface SimulatedScalerParts {
  /** Its time is its owner's: what is asked for here comes to pass as the farm is advanced. */
  readonly farm: Pick<FarmSim, 'replicas' | 'scaleTo'>;
  /** The most that the platform grants, silently, as OpenFaaS Community Edition does at 5; null: what is asked. */
  readonly mostReplicas: number | null;
}

/** Scales a farm in virtual time. The limit is known as soon as it was met, and stays: nobody lifts it in a simulation. */
export class SimulatedScaler implements Scaler {
  readonly #parts: SimulatedScalerParts;
  #last: Grant | null = null;
  #limited = false;

  constructor(parts: SimulatedScalerParts) {
    this.#parts = parts;
  }

  async read(): Promise<ScaleReading> {
    const { granted, ready, active } = this.#parts.farm.replicas();
    const desired = this.#last?.granted === granted ? this.#last.requested : granted;
    return { desired, granted, ready, active, parked: 0, limit: this.#limited ? this.#parts.mostReplicas : null };
  }

  async apply({ replicas }: { replicas: number }): Promise<Grant> {
    const { farm, mostReplicas } = this.#parts;
    const granted = Math.min(replicas, mostReplicas ?? replicas);
    this.#limited ||= granted < replicas;
    farm.scaleTo(granted);
    this.#last = { requested: replicas, granted };
    return this.#last;
  }
}
