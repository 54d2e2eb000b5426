import { VirtualClock } from '#shared/clock.ts';
import { dispatchOrders } from '#shared/queue/lane-rule.ts';
import { openMemoryFarm } from '#shared/queue/memory-farm.ts';
import { queueContract } from '../../contract/queue.ts';

const LEASE_MS = 5_000;

for (const dispatch of dispatchOrders) {
  queueContract(`memory, ${dispatch}`, async () => {
    const clock = new VirtualClock();
    const farm = openMemoryFarm({
      clock,
      rule: { leaseMs: LEASE_MS, maxAttempts: 3 },
      dispatch: { dispatch, lateEvery: 32 },
    });
    const ack = farm.roster.nextAck.bind(farm.roster);
    // Nobody else moves a virtual clock, so a wait for an ACK that does not come is waited out here.
    farm.roster.nextAck = async (order, timeoutMs) => {
      const waiting = ack(order, timeoutMs);
      await clock.advance(timeoutMs);
      return await waiting;
    };
    return { ...farm, expireLeases: () => clock.advance(LEASE_MS), close: () => Promise.resolve() };
  });
}
