import { parentPort } from 'node:worker_threads';
import { coerceError } from '#shared/errors.ts';
import type { SavedModel } from '../learn/saved-model.ts';
import type { Seen } from '../observation.ts';
import type { Policy, PolicyDecision } from '../policy/policy.ts';

/** What a policy's thread says: once when it has loaded, and then one answer for each sighting. */
export type FromPolicyThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'decided'; readonly decision: PolicyDecision }
  | { readonly kind: 'threw'; readonly message: string };

/** What the thread of a saved model is started with. */
export interface PolicyThreadData {
  readonly model: SavedModel;
}

/** Serves one policy's decisions in this worker thread (thread-adviser.ts). */
export function servePolicy(policy: Pick<Policy, 'decide'>): void {
  const port = parentPort;
  if (port === null) throw new Error('this module is the start of a worker thread');
  const answer = (message: FromPolicyThread): void => port.postMessage(message);
  port.on('message', (seen: Seen) => {
    try {
      answer({ kind: 'decided', decision: policy.decide(seen) });
    } catch (thrown) {
      answer({ kind: 'threw', message: coerceError(thrown).message });
    }
  });
  answer({ kind: 'ready' });
}
