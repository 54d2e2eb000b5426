import type { FarmConfig } from '#shared/config-schema.ts';
import { DriftWatch, type TrainedPopulation } from './drift/drift-watch.ts';
import { Guard } from './guard.ts';
import type { Shield } from './shield.ts';
import { Supervisor } from './supervisor.ts';

/** What is known of a trained policy. */
export interface ModelFacts {
  /** The load that it was trained on; null: unknown. */
  readonly trained: TrainedPopulation | null;
  /** QoS that it was found to reach on held-out seeds, 0 to 1; null: it was not evaluated. */
  readonly qos: number | null;
  /** Farm time of its making, ms since 1970; null: unknown. */
  readonly createdAt: number | null;
}

export interface SupervisorOptions {
  readonly settings: FarmConfig['shield'];
  /** The episode's: it goes on when the live policy is replaced. */
  readonly shield: Shield;
  readonly safeName: string;
  /** Null: the live policy is a rule. */
  readonly model: ModelFacts | null;
  /** Farm time, ms since 1970. */
  readonly at: number;
}

/** QoS that a model is held to where it was never evaluated. */
const USUAL_QOS = 0.95;
const MS_A_DAY = 86_400_000;

/** Guard and shield of one live policy. */
export function makeSupervisor({ settings, shield, safeName, model, at }: SupervisorOptions): Supervisor {
  return new Supervisor({
    shield,
    safeName,
    guard: new Guard({
      settings,
      watch: model === null ? null : watchOver(model, settings),
      stale: model === null ? null : staleness(model, settings, at),
    }),
    covered: model !== null || settings.covers === 'all',
  });
}

function watchOver({ trained, qos }: ModelFacts, settings: FarmConfig['shield']): DriftWatch {
  return new DriftWatch({
    settings: {
      tolerance: settings.driftTolerance,
      strikes: settings.strikes,
      windowSteps: settings.driftWindowSteps,
      psi: settings.driftPsi,
      qosAllowance: settings.qosAllowance,
      qosLimit: settings.qosLimit,
    },
    trained,
    expectedQos: qos ?? USUAL_QOS,
  });
}

function staleness({ createdAt }: ModelFacts, settings: FarmConfig['shield'], at: number): string | null {
  const { modelMaxAgeDays } = settings;
  if (modelMaxAgeDays === null || createdAt === null) return null;
  const days = (at - createdAt) / MS_A_DAY;
  return days <= modelMaxAgeDays ? null : `its model is ${days.toFixed(0)} days old, more than ${modelMaxAgeDays}`;
}
