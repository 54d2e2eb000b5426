import { servePolicy } from '#autoscaler/loop/serve-policy.ts';

/** A policy's thread that goes wrong as the number of workers says: 1 hangs for good, 2 throws, 3 answers NaN, 4 ends, 6 answers and fails when it is told so. */
servePolicy({
  decide({ observation }) {
    const workers = observation[4];
    if (workers === 2) throw new Error('no such neuron');
    if (workers === 3) return { kind: 'scale', replicas: Number.NaN, because: 'diverged' };
    if (workers === 4) process.exit(7);
    while (workers === 1);
    if (workers === 6)
      new BroadcastChannel('fail').onmessage = () => {
        throw new Error('too late to matter');
      };
    return { kind: 'scale', replicas: workers + 1, because: 'one more' };
  },
});
