import { FarmSim } from '#autoscaler/sim/farm/farm-sim.ts';
import { FifoLine } from '#autoscaler/sim/farm/waiting-line.ts';
import { timingProfile } from '#autoscaler/sim/profiles/catalogue.ts';
import { SimulatedScaler } from '#autoscaler/scaler/simulated-scaler.ts';
import { MINUTE } from '#shared/clock.ts';
import { Sfc32 } from '#shared/rng.ts';
import { scalerContract } from '../../contract/scaler.ts';

const noTasks = { count: 0, atMs: new Float64Array(0), serviceMs: new Float64Array(0), phaseEndsMs: [] };
const deadline = { coefficient: 2, floorMs: 100, capMs: 30_000 };

for (const cap of [null, 5]) {
  scalerContract(`SimulatedScaler${cap === null ? '' : ' on a platform that grants 5'}`, async () => {
    const farm = new FarmSim({ profile: timingProfile('farmhand'), deadline, line: new FifoLine() });
    farm.begin({ tasks: noTasks, workers: 1, rng: new Sfc32(1) });
    return {
      scaler: new SimulatedScaler({ farm, mostReplicas: cap }),
      cap,
      settled: async () => farm.advance(farm.nowMs + MINUTE),
      stop: async () => undefined,
    };
  });
}
