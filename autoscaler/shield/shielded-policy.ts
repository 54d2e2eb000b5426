import type { Seen } from '../observation.ts';
import type { Policy, PolicyDecision } from '../policy/policy.ts';
import { ask, type Deadline } from './answer.ts';
import type { GuardReading } from './guard-reading.ts';
import type { Supervisor } from './supervisor.ts';

/**
 * A policy behind guard and shield, as one policy: for the simulator, where no time passes while it decides. What hangs on a
 * real farm is what answers with a timeout here.
 */
export class ShieldedPolicy implements Policy {
  readonly name: string;
  readonly usesClock: boolean;
  readonly #live: Policy;
  readonly #safe: Policy;
  readonly #supervisor: Supervisor;
  readonly #deadline: Deadline;

  constructor(parts: { live: Policy; safe: Policy; supervisor: Supervisor; deadline: Deadline }) {
    this.name = `${parts.live.name} behind the shield`;
    this.usesClock = parts.live.usesClock;
    this.#live = parts.live;
    this.#safe = parts.safe;
    this.#supervisor = parts.supervisor;
    this.#deadline = parts.deadline;
  }

  get reading(): GuardReading {
    return this.#supervisor.reading;
  }

  decide(seen: Seen): PolicyDecision {
    const moment = { seen, workers: seen.observation[4], limit: null, draining: false };
    const live = ask(this.#live, seen, this.#deadline);
    const safe = ask(this.#safe, seen, this.#deadline);
    const { verdict } = this.#supervisor.rule(moment, { live, safe });
    return { kind: 'scale', replicas: verdict.replicas, because: verdict.because };
  }
}
