import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { connectCluster } from '#autoscaler/scaler/kubernetes/connect-cluster.ts';
import { KubernetesScaler } from '#autoscaler/scaler/kubernetes/kubernetes-scaler.ts';
import { StepTime } from '#autoscaler/scaler/patience.ts';
import { SystemClock, type Clock } from '#shared/clock.ts';
import { scalerContract } from '../../../contract/scaler.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { until } from '../../../support/until.ts';
import { FakeKubernetesServer, type Fate } from '../../support/fake-kubernetes-server.ts';
import { FakeKubernetes, NAMESPACE } from '../../support/fake-kubernetes.ts';
import { HastyClock } from '../../support/hasty-clock.ts';

let cluster: FakeKubernetes;
let server: FakeKubernetesServer;
let beating: AbortController;
afterEach(async () => {
  beating.abort();
  await server.stop();
});

async function startScaler(
  replicas: number,
  options: { clock?: Clock; stepS?: number; kubelet?: () => void } = {},
): Promise<KubernetesScaler> {
  cluster = new FakeKubernetes(replicas);
  server = await new FakeKubernetesServer(cluster).start();
  beating = new AbortController();
  const kubeconfig = join(temporaryFolder(), 'config');
  writeFileSync(kubeconfig, server.kubeconfig);
  void beat(options.kubelet ?? runAll);
  cluster.reconcile();
  const clock = options.clock ?? new SystemClock();
  const connected = await connectCluster({ kubeconfig, namespace: NAMESPACE, deployment: 'worker' });
  return new KubernetesScaler({ cluster: connected, clock, stepTime: new StepTime(options.stepS) });
}

/** The cluster's own life, a moment every few milliseconds. */
async function beat(moment: () => void): Promise<void> {
  const { signal } = beating;
  const clock = new SystemClock();
  while (!signal.aborted) {
    moment();
    await clock.sleep(2, signal);
  }
}

function runAll(): void {
  cluster.reconcile();
  for (const pod of cluster.pods.values()) if (!pod.leaving) cluster.report(pod, { phase: 'Running', ready: true });
}

const podNames = (): string[] => [...cluster.pods.keys()];
const memberOf = (pod: string): string => `worker-${pod}-a1b2c3`;
const ready = (count: number) => () =>
  cluster.pods.size === count && [...cluster.pods.values()].every((pod) => pod.ready);

scalerContract('KubernetesScaler', async () => {
  const scaler = await startScaler(1);
  return {
    scaler,
    cap: null,
    settled: async () => until('all pods are ready', ready(cluster.replicas)).then(() => undefined),
    stop: async () => undefined,
  };
});

describe('KubernetesScaler', () => {
  test('the drained workers’ pods go, as soon as their probes say so, and no others', async () => {
    const drained: string[] = [];
    const scaler = await startScaler(6, {
      kubelet() {
        cluster.reconcile();
        for (const pod of cluster.pods.values()) {
          cluster.report(pod, { phase: 'Running', ready: !drained.includes(memberOf(pod.name)) });
        }
      },
    });
    await until('all pods are ready', ready(6));
    const [oldest, , third] = podNames();
    drained.push(memberOf(oldest!), memberOf(third!));
    expect(await scaler.apply({ replicas: 4, drained })).toEqual({ requested: 4, granted: 4 });
    await until('the pods are gone', () => cluster.pods.size === 4);
    expect(podNames()).not.toContain(oldest);
    expect(podNames()).not.toContain(third);
  });

  test('lowers by fewer where a pod that may have work would go first', async () => {
    const clock = new HastyClock(4);
    let broken = '';
    const scaler = await startScaler(4, {
      clock,
      kubelet() {
        cluster.reconcile();
        for (const pod of cluster.pods.values()) cluster.report(pod, { phase: 'Running', ready: pod.name !== broken });
      },
    });
    await until('all pods are ready', ready(4));
    // This cluster's probes do not notice that a worker is drained; one that works is called not ready.
    const [one, two] = podNames();
    broken = two!;
    expect(await scaler.apply({ replicas: 3, drained: [memberOf(one!)] })).toEqual({ requested: 3, granted: 4 });
    expect(cluster.replicas).toBe(4);
    broken = '';
    expect(await scaler.apply({ replicas: 3, drained: [memberOf(one!)] })).toEqual({ requested: 3, granted: 3 });
    await until('the pod is gone', () => cluster.pods.size === 3);
    expect(podNames()).not.toContain(one);
  });

  test('takes its mark from a pod whose worker works again, and leaves the marks of others', async () => {
    const scaler = await startScaler(3, { clock: new HastyClock(4) });
    await until('all pods are ready', ready(3));
    const [one, two, three] = [...cluster.pods.values()];
    const cost = 'controller.kubernetes.io/pod-deletion-cost';
    one!.annotations[cost] = '-1000';
    two!.annotations[cost] = '7';
    await scaler.apply({ replicas: 3, drained: [memberOf(three!.name)] });
    expect(one!.annotations).toEqual({});
    expect(two!.annotations).toEqual({ [cost]: '7' });
  });

  test('somebody scales at the same time: it looks again and never goes up', async () => {
    const scaler = await startScaler(6, { clock: new HastyClock(4) });
    await until('all pods are ready', ready(6));
    let meddled = false;
    server.fate = (request) => {
      if (request.startsWith('PATCH') && request.endsWith('/scale') && !meddled) {
        meddled = true;
        cluster.scaleTo(3);
      }
      return 'ok';
    };
    expect(await scaler.apply({ replicas: 5, drained: podNames().slice(0, 1).map(memberOf) })).toMatchObject({
      granted: 3,
    });
    expect(cluster.replicas).toBe(3);
  });

  test('what somebody else asks for replaces what was desired', async () => {
    const scaler = await startScaler(2);
    await scaler.apply({ replicas: 4 });
    cluster.scaleTo(3);
    await until('the pods are gone', ready(3));
    expect(await scaler.read()).toMatchObject({ desired: 3, granted: 3, ready: 3, active: 3 });
  });

  test.each([
    ['conflicts', [409, 409, 409]],
    ['errors', [500, 500]],
    ['too many requests', [429, 429]],
    ['cut connections', ['drop', 'drop']],
    ['answers that are lost', ['lost', 'lost']],
    ['slow answers', Array<Fate>(12).fill('slow')],
  ] as const)('outlasts %s', async (_case, script) => {
    const scaler = await startScaler(3);
    await until('all pods are ready', ready(3));
    const fates: Fate[] = [...script];
    // A conflict is an answer to a change alone.
    server.fate = (request) => (fates[0] === 409 && !request.startsWith('PATCH') ? 'ok' : (fates.shift() ?? 'ok'));
    expect(await scaler.apply({ replicas: 5 })).toEqual({ requested: 5, granted: 5 });
    expect(fates.length === 0 || script[0] === 'slow').toBe(true);
    fates.push(...script);
    expect(await scaler.read()).toMatchObject({ granted: 5 });
  });

  test('comes back no sooner than the server says', async () => {
    const scaler = await startScaler(1);
    server.retryAfter = '0.3';
    const fates: Fate[] = [429];
    server.fate = () => fates.shift() ?? 'ok';
    const clock = new SystemClock();
    const startMs = clock.monotonic();
    await scaler.read();
    expect(clock.monotonic() - startMs).toBeGreaterThanOrEqual(290);
  });

  test.each([
    [
      'does not answer',
      'hang',
      'CLUSTER_UNREACHABLE',
      /reading Deployment worker in farmhand-workers: no answer in time/,
    ],
    ['refuses', 403, 'CLUSTER_REFUSED', /the API server answered 403: told to; see docs\/scalers.md, Rights/],
  ] as const)(
    'says what is wrong when the server %s, in time for the next step',
    async (_case, fate, code, message) => {
      const scaler = await startScaler(1, { stepS: 0.5 });
      server.fate = () => fate;
      const failure = await scaler.read().catch((thrown: unknown) => thrown);
      expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as string });
      expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toContain('a-token');
    },
  );

  test('a Deployment that is not there', async () => {
    await startScaler(1);
    const kubeconfig = join(temporaryFolder(), 'config');
    writeFileSync(kubeconfig, server.kubeconfig);
    const other = await connectCluster({ kubeconfig, namespace: NAMESPACE, deployment: 'wroker' });
    await expect(new KubernetesScaler({ cluster: other, clock: new SystemClock() }).read()).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test.each([
    ['no kubeconfig there', '/nowhere/config'],
    ['one that is none', import.meta.filename],
  ])('%s', async (_case, kubeconfig) => {
    await startScaler(1);
    await expect(connectCluster({ kubeconfig, namespace: NAMESPACE, deployment: 'worker' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  const interruptions: readonly (readonly [string, () => void])[] = [
    ['dropped', () => cluster.dropWatches()],
    [
      'ended with 410',
      () => {
        cluster.compact();
        cluster.dropWatches({ expired: true });
      },
    ],
    [
      'dropped and forgotten',
      () => {
        cluster.compact();
        cluster.dropWatches();
      },
    ],
  ];
  test.each(interruptions)('goes on waiting for a drained pod when its watch is %s', async (_case, interrupt) => {
    const scaler = await startScaler(2, { kubelet: () => cluster.reconcile() });
    const report = (ready: boolean): void => {
      for (const pod of cluster.pods.values()) cluster.report(pod, { phase: 'Running', ready });
    };
    report(true);
    const [first, second] = [...cluster.pods.values()];
    const applying = scaler.apply({ replicas: 1, drained: [memberOf(first!.name)] });
    await until('it watches', () => cluster.watches === 1);
    // More has happened than the watch told: a restart from an old version would not be enough.
    cluster.report(second!, { ready: false });
    cluster.report(second!, { ready: true });
    interrupt();
    await until('it watches again', () => cluster.watches === 1);
    expect(cluster.replicas).toBe(2);
    cluster.report(first!, { ready: false });
    expect(await applying).toMatchObject({ granted: 1 });
    await until('the pod is gone', () => cluster.pods.size === 1);
    expect(podNames()).toEqual([second!.name]);
  });
});
