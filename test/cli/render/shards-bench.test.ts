import { expect, it } from 'vitest';
import { renderShardsBench } from '../../../cli/render/shards-bench.ts';

const reading = (workers: number, functions: number) => ({
  ...{ requested: workers, workers, functions },
  decision: { requested: workers, granted: workers, because: 'the pool keeps them' },
  status: { desired: workers, granted: workers, ready: workers },
  metrics: { desired: workers, granted: workers },
});

it('the way up and down', async () => {
  const lines = renderShardsBench({
    ...{ grantedOfEach: 5, up: reading(32, 7), upS: 14.2, down: reading(1, 1), downS: 11.06 },
    ...{ submitted: 512, completed: 512, deadLettered: 0, lost: 0, duplicated: 0, qos: 1 },
  });
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../golden/cli/bench-shards.txt');
});
