import type { FarmConfig } from '#shared/config-schema.ts';
import { Sfc32 } from '#shared/rng.ts';
import { loadLearner } from '../../learn/agents.ts';
import { freeLearner } from '../../learn/free-learner.ts';
import type { SavedModel } from '../../learn/saved-model.ts';
import type { Seen } from '../../observation.ts';
import { findPolicy } from '../../policy/catalogue.ts';
import type { Policy, PolicyOptions } from '../../policy/policy.ts';
import { FarmShield, type ShieldSettings } from '../../shield/farm-shield.ts';

/** A policy as it goes to a thread: a rule's name, or a model. */
export interface PilotPlan {
  readonly name: string;
  /** Null: a rule. */
  readonly model: SavedModel | null;
}

/** What the farm's control loop is made with. */
export type PilotSettings = ShieldSettings &
  Pick<FarmConfig['control'], 'horizonS'> &
  Pick<FarmConfig['shield'], 'covers'>;

/** Decides one episode as the control loop would: the policy's answer, as the shield allows it. */
export interface Pilot {
  /** Replicas in all from now on. */
  steer(seen: Seen, moment: { readonly workers: number; readonly draining: boolean }): number;
}

/** Gives pilots that have seen nothing yet, one an episode. */
export interface PilotSchool {
  readonly next: () => Pilot;
  /** Frees what the model holds. */
  readonly close: () => void;
}

/** @throws UNKNOWN_POLICY, MODEL_INVALID */
export async function openPilotSchool({ name, model }: PilotPlan, settings: PilotSettings): Promise<PilotSchool> {
  const covered = model !== null || settings.covers === 'all';
  if (model === null) {
    const options: PolicyOptions = settings;
    findPolicy(name, options);
    return { next: () => pilotOf(findPolicy(name, options), { settings, covered }), close: () => undefined };
  }
  // What a greedy learner does depends on what it sees in the episode only: one object serves all, one after the other.
  const learner = await loadLearner(model, { rng: new Sfc32(0) });
  return { next: () => pilotOf(learner, { settings, covered }), close: () => freeLearner(learner) };
}

function pilotOf(policy: Policy, { settings, covered }: { settings: PilotSettings; covered: boolean }): Pilot {
  const shield = new FarmShield(settings);
  return {
    steer(seen, { workers, draining }) {
      shield.see(seen);
      const decision = policy.decide(seen);
      return shield.admit({ decision, workers, draining, covered, limit: null }).replicas;
    },
  };
}
