import { parentPort } from 'node:worker_threads';
import { coerceError } from '#shared/errors.ts';
import type { FarmConfig } from '#shared/config.ts';
import type { OnlineSnapshot } from '../learn/online/online-learner.ts';
import type { SavedModel } from '../learn/saved-model.ts';
import type { Seen } from '../observation.ts';
import type { Policy, PolicyDecision } from '../policy/policy.ts';

/** What a policy's thread says: once when it has loaded, and then one answer for each sighting. */
export type FromPolicyThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'decided'; readonly decision: PolicyDecision }
  | { readonly kind: 'threw'; readonly message: string }
  /** Of its own accord, now and then: a policy that learns has learnt so much. */
  | { readonly kind: 'learnt'; readonly snapshot: OnlineSnapshot };

/** What it is told: what is to be seen, once a step; and what was then asked of the platform (null: its answer counted for nothing). */
export type ToPolicyThread = Seen | { readonly acted: number | null };

/** What a policy that learns on is judged by. */
export interface LearningPlan {
  readonly name: string;
  /** As the model's lineage names it. */
  readonly rewardName: string | null;
  readonly reward: FarmConfig['reward'];
  readonly stepDurationS: number;
}

/** What the thread of a saved model is started with. */
export interface PolicyThreadData {
  readonly model: SavedModel;
  /** Nothing: it stays as it is. */
  readonly learning?: LearningPlan;
}

/** Serves one policy's decisions in this worker thread (thread-adviser.ts). */
export function servePolicy(policy: Pick<Policy, 'decide'> & { acted?(replicas: number | null): void }): void {
  const port = parentPort;
  if (port === null) throw new Error('this module is the start of a worker thread');
  const answer = (message: FromPolicyThread): void => port.postMessage(message);
  port.on('message', (message: ToPolicyThread) => {
    if ('acted' in message) {
      policy.acted?.(message.acted);
      return;
    }
    try {
      answer({ kind: 'decided', decision: policy.decide(message) });
    } catch (thrown) {
      answer({ kind: 'threw', message: coerceError(thrown).message });
    }
  });
  answer({ kind: 'ready' });
}
