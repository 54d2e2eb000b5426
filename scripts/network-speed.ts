import { Sfc32 } from '#shared/rng.ts';
import { bestAllowed } from '#autoscaler/learn/dqn/targets.ts';
import { initialWeights } from '#autoscaler/learn/network/initial-weights.ts';
import type { NetworkBackend } from '#autoscaler/learn/network/network-backend.ts';
import type { NetworkShape } from '#autoscaler/learn/network/network.ts';
import { openNetworkBackend } from '#autoscaler/learn/network/open-backend.ts';
import { JsKernels } from '#autoscaler/learn/network/own/js-kernels.ts';
import { OwnNetwork } from '#autoscaler/learn/network/own/own-network.ts';

/**
 * `node scripts/network-speed.ts`: the table of docs/adr/0006-networks.md. Double-DQN updates a second (three forward passes, one
 * backward, Huber, Adam) and answers to one observation, a second of processor time; the median of some windows.
 */

const WINDOWS = 5;
const WINDOW_S = 0.4;
const CALLS = 10;
const ACTIONS = 3;
const FEATURES = 9;

const backends: readonly NetworkBackend[] = [
  (await openNetworkBackend('own')).backend,
  { id: 'own-js', create: async (options) => new OwnNetwork(new JsKernels(), options) },
  (await openNetworkBackend('tfjs')).backend,
];

console.log(['backend', 'network', 'batch', 'updates/s', 'answers/s'].join('\t'));
for (const backend of backends) {
  for (const units of [64, 128]) {
    for (const rows of [32, 64]) console.log((await measure(backend, { units, rows })).join('\t'));
  }
}

async function measure(backend: NetworkBackend, { units, rows }: { units: number; rows: number }) {
  const shape: NetworkShape = { inputs: FEATURES, hidden: [units, units], outputs: ACTIONS };
  const rng = new Sfc32(1);
  const weights = initialWeights(shape, rng.fork('weights'));
  const network = await backend.create({ shape, maxRows: rows, maxGradNorm: 3, weights });
  const target = network.follower();
  const [states, nexts] = [0, 1].map(() => Float32Array.from({ length: rows * FEATURES }, () => rng.float()));
  const chosen = Int32Array.from({ length: rows }, () => rng.int(ACTIONS));
  const targets = new Float32Array(rows);
  if (states === undefined || nexts === undefined) throw new Error('there are two');
  const update = (): void => {
    const values = target.predict(nexts, rows);
    const choices = network.predict(nexts, rows);
    for (let row = 0; row < rows; row += 1) {
      const best = bestAllowed(choices.subarray(row * ACTIONS, (row + 1) * ACTIONS), () => true);
      targets[row] = rng.float() + 0.97 * (values[row * ACTIONS + best] ?? 0);
    }
    network.train({ rows, inputs: states, chosen, targets, learningRate: 3e-4 });
  };
  const updatesPerS = rate(update);
  const answersPerS = rate(() => network.predict(states, 1));
  network.dispose();
  return [backend.id, `9-${units}-${units}-3`, rows, updatesPerS, answersPerS];
}

/** How often `work` is done in a second of this process's processor time: others on the machine do not count. */
function rate(work: () => void): number {
  const rates = Array.from({ length: WINDOWS }, () => {
    const start = processorS();
    let done = 0;
    for (; processorS() - start < WINDOW_S; done += CALLS) for (let call = 0; call < CALLS; call += 1) work();
    return done / (processorS() - start);
  });
  return Math.round(rates.toSorted((a, b) => a - b)[Math.floor(WINDOWS / 2)] ?? 0);
}

function processorS(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
