import { describe, expect, test } from 'vitest';
import { ScaleDown } from '#autoscaler/loop/scale-down.ts';
import { KubernetesScaler } from '#autoscaler/scaler/kubernetes/kubernetes-scaler.ts';
import { VirtualClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { Sfc32 } from '#shared/rng.ts';
import { FakeKubernetes } from '../../support/fake-kubernetes.ts';
import { KubernetesWorkers } from '../../support/kubernetes-workers.ts';
import { VirtualCluster } from '../../support/virtual-cluster.ts';

const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);
const STEPS = 100;
const MOST = 32;
/** The cluster lives on in moments of this length. */
const MOMENT_MS = 50;
const MOST_MOMENTS = 1_000;

describe('1,000 random steps, up and drained down, beside whatever can happen in a cluster', () => {
  const trouble = new Map<string, number>();

  test.each(SEEDS)('never choose a pod with work, and never leave the bounds: seed %i', async (seed) => {
    const rng = new Sfc32(seed);
    const clock = new VirtualClock();
    const cluster = new FakeKubernetes(8);
    const workers = new KubernetesWorkers(cluster, { clock, rng: rng.fork('workers') });
    // Clusters differ: of some the probes are slow, of others the controller.
    if (seed % 3 === 1) workers.pace = { ...workers.pace, probes: 0.004 };
    if (seed % 3 === 2) workers.pace = { ...workers.pace, reconciles: 0.05 };
    const virtual = new VirtualCluster(cluster, { clock, rng: rng.fork('trouble') });
    const pass = async (): Promise<void> => {
      workers.moment();
      virtual.moment();
      await clock.advance(MOMENT_MS);
    };
    const whileTimePasses = async <T>(work: Promise<T>): Promise<T> => {
      const state = { ended: false };
      const end = (): void => {
        state.ended = true;
      };
      work.then(end, end);
      for (let moments = 0; !state.ended && moments < MOST_MOMENTS; moments += 1) await pass();
      expect(state.ended).toBe(true);
      return work;
    };
    while (workers.busy === 0) await pass();

    const scaler = new KubernetesScaler({ cluster: virtual, clock });
    let orders = 0;
    const newOrder = (): string => `order-${(orders += 1)}`;
    const scaleDown = new ScaleDown({ drain: workers.drain, scaler, clock, log: silentLogger, newOrder });
    let [ups, downs] = [0, 0];
    for (let step = 0; step < STEPS; step += 1) {
      const from = cluster.replicas;
      const replicas = 1 + rng.int(MOST);
      if (replicas >= from) {
        await whileTimePasses(scaler.apply({ replicas }).catch(() => undefined));
        expect([from, replicas]).toContain(cluster.replicas);
        ups += Number(cluster.replicas > from);
      } else {
        const { outcome } = await whileTimePasses(scaleDown.run({ replicas, from, timeoutMs: 2_000 }));
        expect(cluster.replicas).toBeGreaterThanOrEqual(replicas);
        expect(cluster.replicas).toBeLessThanOrEqual(from);
        downs += Number(outcome === 'down');
      }
      expect(workers.interrupted).toEqual([]);
    }
    // It did scale, through all of this.
    expect(Math.min(ups, downs)).toBeGreaterThan(STEPS / 5);
    expect(workers.chosen).toBeGreaterThan(2 * STEPS);
    for (const [what, times] of Object.entries(virtual.met)) trouble.set(what, (trouble.get(what) ?? 0) + times);
  });

  test('met everything', () => {
    const least = Math.min(
      ...['409', '429', '500', 'cut', 'lost', 'closed', 'expired'].map((what) => trouble.get(what) ?? 0),
    );
    expect(least, JSON.stringify([...trouble])).toBeGreaterThan(10);
  });
});
