import { coerceError } from '#shared/errors.ts';
import type { FarmConfig } from '#shared/config.ts';
import type { Logger } from '#shared/log.ts';
import { learnsOnline } from '../../learn/online/open-online-learner.ts';
import type { LearnsOn } from '../../loop/appoint.ts';
import type { EpisodeSettings } from '../../loop/settings.ts';
import type { ModelStore } from '../../model-store/model-store.ts';
import type { ShelfPolicy } from '../../model-store/policy-shelf.ts';
import { keepSnapshot } from './keep-snapshot.ts';
import { liveJudge } from './live-judge.ts';

/**
 * How live models learn on, where `control.learning` says so: judged by the reward that they were trained on, with snapshots
 * beside them in the store. A model that cannot stays as it is, and the log says why.
 */
export function onlineLearning(parts: {
  store: Pick<ModelStore, 'put'>;
  config: Pick<FarmConfig, 'reward'>;
  revision: string | null;
  log: Logger;
}): (policy: ShelfPolicy, settings: EpisodeSettings) => LearnsOn | null {
  const { store, config, revision, log } = parts;
  return ({ name, found }, { learning, stepDurationS }) => {
    if (learning === 'off' || found === undefined) return null;
    const { lineage, agent } = found.stored;
    const because = whyNot({ agent, reward: lineage.reward }, config);
    if (because !== null) {
      log.warn({ policy: name, because }, `${name} does not learn on: ${because}`);
      return null;
    }
    return {
      plan: { name, rewardName: lineage.reward, reward: config.reward, stepDurationS },
      onSnapshot(snapshot) {
        keepSnapshot(snapshot, { store, parent: found.stored, revision }).then(
          (kept) =>
            log.info({ model: kept.id, version: kept.version }, `${name} has learnt on: ${kept.name}@${kept.version}`),
          (thrown: unknown) => log.warn({ error: coerceError(thrown).message }, `a snapshot of ${name} was not kept`),
        );
      },
    };
  };
}

function whyNot(
  { agent, reward }: { agent: string; reward: string | null },
  config: Pick<FarmConfig, 'reward'>,
): string | null {
  if (!learnsOnline(agent)) return `its agent, ${agent}, compares whole episodes`;
  if (liveJudge(reward, config) !== null) return null;
  return reward === null ? 'nobody knows what reward it was trained on' : `its reward, ${reward}, is not known here`;
}
