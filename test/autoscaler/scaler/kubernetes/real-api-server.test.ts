import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from '#autoscaler/scaler/kubernetes/cluster.ts';
import { connectCluster } from '#autoscaler/scaler/kubernetes/connect-cluster.ts';
import { KubernetesScaler } from '#autoscaler/scaler/kubernetes/kubernetes-scaler.ts';
import { SECOND, SystemClock } from '#shared/clock.ts';
import { findKubePrograms, startKubeApiServer, type KubeApiServer } from '../../../support/kube-apiserver.ts';
import { until } from '../../../support/until.ts';

const NAMESPACE = 'farmhand-workers';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const SCALE = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/worker/scale`;
const ACCOUNT = 'system:serviceaccount:openfaas-fn:farmhand-autoscaler';
const MERGE = 'application/merge-patch+json';
const labels = { 'app.kubernetes.io/name': 'worker' };

const programs = findKubePrograms();
if (programs === null) {
  console.warn(
    'skipped: the tests of the kubernetes scaler at a real API server; put kube-apiserver and etcd on the PATH',
  );
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/** The manifests that people apply. */
function manifests(file: string, kinds: readonly string[]): readonly Manifest[] {
  return parseAllDocuments(readFileSync(file, 'utf8'))
    .map((document) => document.toJS() as Manifest)
    .filter(({ kind }) => kinds.includes(kind));
}

describe.skipIf(programs === null)(
  'KubernetesScaler at a real API server, with the rights of kind/scaler-rbac.yaml',
  () => {
    let server: KubeApiServer;
    let folder: string;
    let cluster: Cluster;
    let scaler: KubernetesScaler;
    const drained = new Set<string>();
    const beating = new AbortController();
    let born = 0;

    beforeAll(async () => {
      server = await startKubeApiServer(programs!, { [ACCOUNT]: 'its-token', nobody: 'nobodys-token' });
      folder = mkdtempSync(join(tmpdir(), 'farmhand-test-'));
      await server.call('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
      const rights = manifests('kind/scaler-rbac.yaml', ['Role', 'RoleBinding']);
      for (const manifest of rights) {
        const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/${manifest.kind.toLowerCase()}s`;
        await server.call('POST', path, manifest);
      }
      const [deployment] = manifests('kind/worker-deployment.yaml', ['Deployment']);
      await server.call('POST', `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, deployment);
      void controller();
      cluster = await connectAs('its-token');
      scaler = new KubernetesScaler({ cluster, clock: new SystemClock() });
    }, 90_000);
    afterAll(async () => {
      beating.abort();
      await server.stop();
      rmSync(folder, { recursive: true });
    });

    async function connectAs(token: string): Promise<Cluster> {
      const kubeconfig = join(folder, token);
      writeFileSync(kubeconfig, server.kubeconfig(token));
      return connectCluster({ kubeconfig, namespace: NAMESPACE, deployment: 'worker' });
    }

    interface PodObject {
      readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
      readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
    }

    const pods = async (): Promise<readonly PodObject[]> =>
      ((await server.call('GET', PODS)) as { items: readonly PodObject[] }).items;

    /** There are no controllers and no nodes here: this is both, for one Deployment. */
    async function controller(): Promise<void> {
      const clock = new SystemClock();
      while (!beating.signal.aborted) {
        await reconcile().catch(() => undefined);
        await clock.sleep(50, beating.signal);
      }
    }

    async function reconcile(): Promise<void> {
      const { spec } = (await server.call('GET', SCALE)) as { spec: { replicas?: number } };
      const there = await pods();
      for (const { metadata, status } of there) {
        const ready = drained.has(metadata.name) ? 'False' : 'True';
        if (status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === ready)) continue;
        const running = {
          name: 'worker',
          image: 'worker',
          imageID: '',
          ready: ready === 'True',
          restartCount: 0,
          state: { running: {} },
        };
        const reported = {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: ready }],
          containerStatuses: [running],
        };
        await server.call('PATCH', `${PODS}/${metadata.name}/status`, { status: reported }, MERGE);
      }
      for (let missing = (spec.replicas ?? 0) - there.length; missing > 0; missing -= 1) {
        const metadata = { name: `worker-5d4f8b7c9d-x${(born += 1)}`, labels };
        const container = { name: 'worker', image: 'worker' };
        await server.call('POST', PODS, { metadata, spec: { nodeName: 'node', containers: [container] } });
      }
      const cost = ({ metadata }: PodObject): number =>
        Number(metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
      const going = [...there]
        .sort((a, b) => cost(a) - cost(b))
        .slice(0, Math.max(0, there.length - (spec.replicas ?? 0)));
      for (const { metadata } of going) await server.call('DELETE', `${PODS}/${metadata.name}?gracePeriodSeconds=0`);
    }

    const ready = async (count: number): Promise<void> => {
      await until(`${count} are ready`, async () => (await scaler.read()).ready === count, 20 * SECOND);
    };

    test('goes up, and reads it after the write', async () => {
      expect(await scaler.read()).toMatchObject({ desired: 1, granted: 1, parked: 0, limit: null });
      expect(await scaler.apply({ replicas: 5 })).toEqual({ requested: 5, granted: 5 });
      await ready(5);
      expect(await scaler.read()).toEqual({ desired: 5, granted: 5, ready: 5, active: 5, parked: 0, limit: null });
    }, 30_000);

    test('goes down by the drained workers’ pods, as soon as they are shown to be', async () => {
      await ready(5);
      const names = (await pods()).map(({ metadata }) => metadata.name);
      const [one, , , four] = names;
      const applying = scaler.apply({ replicas: 3, drained: [one, four].map((name) => `worker-${name}-a1b2c3`) });
      await until(
        'they are marked',
        async () => (await pods()).filter(({ metadata }) => metadata.annotations).length === 2,
      );
      expect((await scaler.read()).granted).toBe(5);
      drained.add(one!).add(four!);
      expect(await applying).toEqual({ requested: 3, granted: 3 });
      const left = (await pods()).map(({ metadata }) => metadata.name);
      expect(left).toEqual(names.filter((name) => !drained.has(name)));
    }, 30_000);

    test('a change from an old version is a conflict, and changes nothing', async () => {
      const { version, replicas } = await cluster.scale(SECOND);
      await server.call('PATCH', SCALE, { spec: { replicas: replicas + 1 } }, MERGE);
      await expect(cluster.setReplicas({ replicas: 9, version }, SECOND)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect((await cluster.scale(SECOND)).replicas).toBe(replicas + 1);
      expect(await scaler.apply({ replicas: 2 })).toEqual({ requested: 2, granted: 2 });
    });

    test('a watch from a version that the server has forgotten has expired', async () => {
      const { selector } = await cluster.scale(SECOND);
      const signal = AbortSignal.timeout(10 * SECOND);
      expect(await cluster.watchPods({ selector, version: '1' }, { onEvent: () => undefined, signal })).toBe('expired');
    }, 15_000);

    test('a watch tells of what happens, until it is ended', async () => {
      const { selector } = await cluster.scale(SECOND);
      const { version } = await cluster.pods(selector, SECOND);
      const ending = new AbortController();
      const events: string[] = [];
      const onEvent = ({ kind }: { kind: string }): void => {
        events.push(kind);
        if (kind === 'gone') ending.abort();
      };
      const watching = cluster.watchPods({ selector, version }, { onEvent, signal: ending.signal });
      await scaler.apply({ replicas: 3 });
      await ready(3);
      await scaler.apply({ replicas: 1 });
      expect(await watching).toBe('closed');
      expect(events).toContain('there');
    }, 30_000);

    test('a pod that is gone is left alone, and a Deployment that is not there is named', async () => {
      await cluster.setDeletionCost({ pod: 'worker-gone', cost: -1000 }, SECOND);
      const kubeconfig = join(folder, 'admin');
      writeFileSync(kubeconfig, server.kubeconfig('admin-token'));
      const other = await connectCluster({ kubeconfig, namespace: NAMESPACE, deployment: 'wroker' });
      await expect(other.scale(SECOND)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringMatching(/deployments\.apps "wroker" not found/) as string,
      });
    });

    test('whoever lacks the rights is told where they stand', async () => {
      const nobody = new KubernetesScaler({ cluster: await connectAs('nobodys-token'), clock: new SystemClock() });
      await expect(nobody.read()).rejects.toMatchObject({
        code: 'CLUSTER_REFUSED',
        message: expect.stringMatching(
          /answered 403: .*cannot get resource "deployments\/scale".*docs\/scalers\.md/,
        ) as string,
      });
    });

    test.each([
      ['delete', 'pods', NAMESPACE],
      ['create', 'pods', NAMESPACE],
      ['patch', 'deployments', NAMESPACE],
      ['get', 'secrets', NAMESPACE],
      ['list', 'pods', 'kube-system'],
    ])('the rights do not let it %s %s in %s', async (verb, resource, namespace) => {
      const group = resource === 'deployments' ? 'apps' : '';
      const review = await server.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        spec: { user: ACCOUNT, resourceAttributes: { verb, resource, namespace, group } },
      });
      expect(review).toMatchObject({ status: { allowed: false } });
    });
  },
);
