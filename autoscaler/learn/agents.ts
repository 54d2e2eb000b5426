import type { FarmConfig } from '#shared/config-schema.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Sfc32 } from '#shared/rng.ts';
import type { ActionSetName, WorkerBounds } from '../policy/action-set.ts';
import { agentNames, isAgentName, type AgentName } from './agent-name.ts';
import { createCem, loadCem } from './cem/load-cem.ts';
import { createDqn, loadDqn } from './dqn/load-dqn.ts';
import type { Learner } from './learner.ts';
import { createSarsa, loadSarsa } from './sarsa/load-sarsa.ts';
import type { SavedModel } from './saved-model.ts';

/** What a new learner is made of. */
export interface LearnerOptions {
  readonly settings: FarmConfig['agents'];
  readonly actions: { readonly name: ActionSetName } & WorkerBounds;
  /** Exploration and initial weights draw from here; a fork of its own. */
  readonly rng: Sfc32;
}

/** One learning agent. Both ways are asynchronous, since a network's backend is loaded when it is asked for. */
interface Agent {
  create(options: LearnerOptions): Promise<Learner>;
  load(saved: SavedModel, options: { rng: Sfc32 }): Promise<Learner>;
}

const agents: Readonly<Record<AgentName, Agent>> = {
  sarsa: {
    create: async ({ settings, actions, rng }) => createSarsa({ settings: settings.sarsa, actions, rng }),
    load: async (saved, options) => loadSarsa(saved, options),
  },
  dqn: {
    create: ({ settings, actions, rng }) => createDqn({ settings: settings.dqn, actions, rng }),
    load: loadDqn,
  },
  cem: {
    create: async ({ settings, actions, rng }) => createCem({ settings: settings.cem, actions, rng }),
    load: async (saved, options) => loadCem(saved, options),
  },
};

/** A learner that knows nothing yet. @throws UNKNOWN_AGENT with the names that there are. */
export async function createLearner(name: string, options: LearnerOptions): Promise<Learner> {
  return agentOf(name).create(options);
}

/** A learner from what it saved. @throws UNKNOWN_AGENT; MODEL_INVALID that names the setting or array. */
export async function loadLearner(saved: SavedModel, options: { rng: Sfc32 }): Promise<Learner> {
  return agentOf(saved.agent).load(saved, options);
}

function agentOf(name: string): Agent {
  if (isAgentName(name)) return agents[name];
  throw new FarmhandError('UNKNOWN_AGENT', `agent ${JSON.stringify(name)}: expected one of ${agentNames.join(', ')}`);
}
