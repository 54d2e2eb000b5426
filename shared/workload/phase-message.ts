/**
 * One phase of a run as it waits in `input`. The run's workload and seed are kept once, by the run store; the phase's tasks
 * follow from them alone, so that a restarted emitter goes on exactly where its predecessor died.
 */
export interface PhaseMessage {
  readonly run: string;
  /** Position in the run's (possibly shuffled) order, from 0. */
  readonly index: number;
  readonly name: string;
}
