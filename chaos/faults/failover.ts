import type { RedisWithReplica } from '../redis/redis-with-replica.ts';
import { WHAT_THE_REPLICA_LACKED } from '../check/bounds.ts';
import { replicatedRedis } from '../farm/store.ts';
import type { Fault } from './fault.ts';

/** On a machine that is busy enough Sentinels need longer than one try waits for them. */
const HEALING_ATTEMPTS = 3;

/** The replica becomes the primary; over when the old one is its replica and in step. What comes until then may be lost with it. */
export function failover(kind: string, what: string, begin: (pair: RedisWithReplica) => Promise<void>): Fault {
  return {
    kind,
    what,
    bound: () => WHAT_THE_REPLICA_LACKED,
    uses: ['redis'],
    store: 'replicated',
    async inject({ farm, timeline, signal }) {
      const pair = replicatedRedis(farm.store);
      const since = timeline.now();
      await timeline.outage(kind, async () => {
        try {
          await begin(pair);
        } finally {
          try {
            await heal(pair, signal);
          } finally {
            timeline.mayHaveForgotten(WHAT_THE_REPLICA_LACKED, since);
          }
        }
      });
    },
  };
}

async function heal(pair: RedisWithReplica, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await pair.heal();
      return;
    } catch (thrown) {
      if (signal.aborted || attempt === HEALING_ATTEMPTS) throw thrown;
    }
  }
}
