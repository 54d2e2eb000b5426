import type { FarmConfig } from '#shared/config.ts';
import type { Reward, StepFacts } from './reward.ts';

/** Share of the QoS weight that a calm step on target earns. */
const CALM_SHARE = 0.1;
/** A queue up to this share of queueTarget is calm. */
const CALM_QUEUE = 0.5;

/**
 * The reference's reward (task-farm reference, `_calculate_reward`), with farm.yml's `reward`, taken apart by term:
 *
 *     qos         qosWeight · (qos − targetQos)
 *     backlog     − backlogWeight · max(0, waiting / queueTarget − 1)²
 *     efficiency  − efficiencyWeight · max(0, workers − balancedWorkers)        waiting ≤ idleQueueThreshold, qos ≥ targetQos
 *     scaling     − scalingWeight · |δ|
 *     up          + scaleUpWeight · δ          δ > 0, waiting > queueTarget or qos < targetQos
 *     down        + scaleDownWeight · |δ|      δ < 0, waiting ≤ queueTarget and qos ≥ targetQos
 *     calm        + 0.1 · qosWeight            qos ≥ targetQos, waiting ≤ queueTarget / 2
 *     end         − unfinishedPenaltyScale · min(unfinished, queueTarget) at the step limit; + completionBonus before it
 *
 * A calm step at 14 workers and QoS 1 with the shipped values: 1.8 + 3.6 = 5.40 (test/autoscaler/env/reward.test.ts).
 */
export function referenceReward(settings: FarmConfig['reward']): Reward {
  return { name: 'reference', terms: (facts) => termsOf(settings, facts) };
}

function termsOf(settings: FarmConfig['reward'], facts: StepFacts): Record<string, number> {
  const { observation, appliedDelta } = facts;
  const waiting = observation[1];
  const workers = observation[4];
  const qos = observation[8];
  const onTarget = qos >= settings.targetQos;
  const overloaded = waiting > settings.queueTarget || !onTarget;
  const change = Math.abs(appliedDelta);
  const excess = Math.max(0, waiting / settings.queueTarget - 1);
  return {
    qos: settings.qosWeight * (qos - settings.targetQos),
    backlog: -settings.backlogWeight * excess * excess,
    efficiency:
      waiting <= settings.idleQueueThreshold && onTarget
        ? -settings.efficiencyWeight * Math.max(0, workers - settings.balancedWorkers)
        : 0,
    scaling: -settings.scalingWeight * change,
    up: appliedDelta > 0 && overloaded ? settings.scaleUpWeight * change : 0,
    down: appliedDelta < 0 && !overloaded ? settings.scaleDownWeight * change : 0,
    calm: onTarget && waiting <= CALM_QUEUE * settings.queueTarget ? CALM_SHARE * settings.qosWeight : 0,
    end: ending(settings, facts),
  };
}

function ending(settings: FarmConfig['reward'], { terminated, truncated, unfinished }: StepFacts): number {
  if (truncated) return -settings.unfinishedPenaltyScale * Math.min(unfinished, settings.queueTarget);
  return terminated ? settings.completionBonus : 0;
}
