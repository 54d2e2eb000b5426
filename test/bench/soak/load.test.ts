import { expect, it } from 'vitest';
import { VirtualClock } from '#shared/clock.ts';
import { Sfc32 } from '#shared/rng.ts';
import { SoakLoad } from '../../../bench/soak/load.ts';
import { soakPlan } from '../../../bench/soak/plan.ts';

interface Sent {
  readonly id: string;
}

it('submits what its levels ask for, numbered without a gap, and repeats what failed with the same ids', async () => {
  const clock = new VirtualClock();
  const plan = soakPlan(1);
  const seen: string[] = [];
  const troubles: string[] = [];
  let calls = 0;
  const farm = {
    async call(_method: string, _path: string, body?: unknown) {
      calls += 1;
      if (calls === 50) throw new Error('the gateway is away');
      seen.push(...(body as Sent[]).map(({ id }) => id));
      return null;
    },
  };
  const load = new SoakLoad({ farm, plan, clock, rng: new Sfc32(1), onTrouble: (sentence) => troubles.push(sentence) });
  const over = new AbortController();
  const running = load.run(over.signal);
  await clock.advance(60_000);
  over.abort();
  await running;
  expect(seen).toEqual(Array.from({ length: load.accepted }, (_, n) => `soak-${n}`));
  expect(troubles).toEqual(['a submission failed and is repeated: the gateway is away']);
  // Between all of the lowest level and all of the highest one.
  const most = (60_000 * Math.max(...plan.levels)) / plan.serviceMs;
  expect(load.accepted).toBeGreaterThan(most / 2);
  expect(load.accepted).toBeLessThan(most);
});
