import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { FILES, hasKubectl, KUSTOMIZATIONS, manifestsIn, rendered } from './manifest-files.ts';
import { problemsOf, unknownKeys } from './kubernetes-schema.ts';

const all = FILES.flatMap(manifestsIn);
const nameOf = ({ kind, metadata }: { kind: string; metadata: { name: string; namespace?: string } }): string =>
  `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
const find = (name: string): unknown => all.find((manifest) => nameOf(manifest) === name);

const quantities = z.strictObject({ cpu: z.string(), memory: z.string() });
const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  resources: z.strictObject({ requests: quantities, limits: quantities }),
  securityContext: z.looseObject({
    readOnlyRootFilesystem: z.boolean(),
    allowPrivilegeEscalation: z.boolean(),
    capabilities: z.looseObject({ drop: z.array(z.string()) }),
  }),
});
const workload = z.looseObject({
  kind: z.enum(['Deployment', 'StatefulSet']),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({
    selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        securityContext: z.looseObject({
          runAsNonRoot: z.boolean(),
          seccompProfile: z.looseObject({ type: z.string() }),
        }),
        containers: z.array(container),
        terminationGracePeriodSeconds: z.number().optional(),
      }),
    }),
  }),
});
const workloads = all
  .filter(({ kind }) => /^(Deployment|StatefulSet)$/.test(kind))
  .map((manifest) => workload.parse(manifest));

describe('Kubernetes takes', () => {
  it.each(all.map((manifest) => [nameOf(manifest), manifest] as const))('%s', async (_name, manifest) => {
    expect(await problemsOf(manifest)).toEqual([]);
  });

  it.skipIf(!hasKubectl).each(KUSTOMIZATIONS)('what kustomize makes of %s', async (folder) => {
    const manifests = rendered(folder);
    expect(manifests.length).toBeGreaterThan(1);
    expect((await Promise.all(manifests.map(problemsOf))).flat()).toEqual([]);
    // A ConfigMap that nothing mounts under the name that kustomize gave it, or the other way round.
    const text = JSON.stringify(manifests);
    const made = manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    const mounted = [...text.matchAll(/"configMap":\{[^}]*?"name":"([^"]+)"/g)].map(([, name]) => name);
    expect(new Set(mounted)).toEqual(new Set(made));
  });

  it('the container that --local-registry adds to the gateway', () => {
    const patch = z
      .object({ spec: z.object({ template: z.object({ spec: z.object({ containers: z.array(z.unknown()) }) }) }) })
      .parse(parse(readFileSync('kind/openfaas/local-registry-patch.yaml', 'utf8')));
    expect(unknownKeys(patch.spec.template.spec.containers, 'Array<V1Container>', '')).toEqual([]);
  });

  it('not what is wrong: the check itself', async () => {
    const wrong = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'x' },
      spec: {
        replicas: 'two',
        selector: {},
        template: { spec: { containers: [{ image: 'a', imagePulPolicy: 'Always' }] } },
      },
    };
    expect(await problemsOf(wrong)).toEqual([
      '/spec/replicas: type {"type":"integer"}',
      '/spec/template/spec/containers/0: required {"missingProperty":"name"}',
      '/spec/template/spec/containers/0/imagePulPolicy: no such key',
    ]);
  });
});

describe.each(workloads.map((manifest) => [nameOf(manifest), manifest.spec] as const))('%s', (_name, spec) => {
  const { template } = spec;

  it('runs as restricted as Kubernetes knows', () => {
    expect(template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const { securityContext } of template.spec.containers) {
      expect(securityContext).toEqual({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('selects its own pods, and pins its images', () => {
    expect(template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    for (const { image } of template.spec.containers) expect(image).toMatch(/:v?\d+\.\d+/);
  });
});

test('what selects pods finds some', () => {
  const labels = workloads.map(({ metadata, spec }) => [metadata.namespace, spec.template.metadata.labels] as const);
  const selecting = z.looseObject({
    metadata: z.looseObject({ namespace: z.string() }),
    spec: z.looseObject({ selector: z.record(z.string(), z.unknown()) }),
  });
  const selectors = all
    .filter(({ kind }) => /^(Service|PodDisruptionBudget)$/.test(kind))
    .map((manifest) => selecting.parse(manifest));
  for (const { metadata, spec } of selectors.filter((one) => one.metadata.namespace !== 'openfaas-fn')) {
    const wanted = (spec.selector['matchLabels'] ?? spec.selector) as Record<string, string>;
    const found = labels.filter(([namespace, has]) => namespace === metadata.namespace && matches(has, wanted));
    expect([metadata, found.length]).toEqual([metadata, 1]);
  }
});

const matches = (has: Record<string, string>, wanted: Record<string, string>): boolean =>
  Object.entries(wanted).every(([key, value]) => has[key] === value);

describe('by name, with the shards, of the functions of stack.yml', () => {
  const { functions } = parse(readFileSync('stack.yml', 'utf8')) as {
    functions: Record<string, { secrets?: readonly string[] }>;
  };
  const shards = [2, 3, 4, 5, 6, 7].map((n) => `worker-${n}`);
  const chosen = z.object({
    matchExpressions: z.tuple([
      z.strictObject({ key: z.literal('faas_function'), operator: z.literal('In'), values: z.array(z.string()) }),
    ]),
  });
  const policy = z.object({
    spec: z.object({
      podSelector: z.unknown().optional(),
      ingress: z.tuple([z.looseObject({ from: z.array(z.looseObject({ podSelector: z.unknown().optional() })) })]),
    }),
  });
  const namesIn = (selector: unknown): readonly string[] =>
    chosen.parse(selector).matchExpressions[0].values.toSorted();

  it('all are shut off by the policy of openfaas-fn', () => {
    const { spec } = policy.parse(find('NetworkPolicy openfaas-fn/farmhand'));
    expect(namesIn(spec.podSelector)).toEqual([...Object.keys(functions), ...shards].toSorted());
  });

  it('those that are given its URL are let in by Redis', () => {
    const { spec } = policy.parse(find('NetworkPolicy farmhand/redis'));
    const clients = Object.keys(functions).filter((fn) => functions[fn]?.secrets?.includes('redis-url'));
    expect(namesIn(spec.ingress[0].from[0]?.podSelector)).toEqual([...clients, ...shards].toSorted());
  });
});

test('the autoscaler may scale one Deployment and mark its pods, and nothing else', () => {
  expect((find('Role farmhand-workers/farmhand-scaler') as { rules: unknown }).rules).toEqual([
    { apiGroups: ['apps'], resources: ['deployments/scale'], resourceNames: ['worker'], verbs: ['get', 'patch'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch', 'patch'] },
  ]);
  // A Role cannot name pods by label: so there are no others in the namespace.
  expect(workloads.filter(({ metadata }) => metadata.namespace === 'farmhand-workers').map(nameOf)).toEqual([
    'Deployment farmhand-workers/worker',
  ]);
});

describe('workers as a Deployment', () => {
  const worker = workloads.find((manifest) => nameOf(manifest) === 'Deployment farmhand-workers/worker');
  const env = z
    .array(z.object({ name: z.string(), value: z.string() }))
    .parse(worker?.spec.template.spec.containers[0]?.['env']);
  const farm = parse(readFileSync('farm.yml', 'utf8')) as {
    worker: { maxTaskS: number };
    gateway: Record<string, string>;
  };

  it('run as in the image otherwise, without the watchdog', () => {
    const { fprocess } = parse(readFileSync('template/node-farm/template.yml', 'utf8')) as { fprocess: string };
    expect(worker?.spec.template.spec.containers[0]?.['command']).toEqual(fprocess.split(' '));
  });

  it('are given the time of the longest task', () => {
    const graceS = Number(env.find(({ name }) => name === 'FARM_WORKER_GRACES')?.value);
    expect(graceS).toBeGreaterThan(farm.worker.maxTaskS);
    expect(worker?.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(graceS);
  });

  it('fit 32 times on a node of 4 cores and 8 GiB, beside the rest', () => {
    const requests = worker?.spec.template.spec.containers[0]?.resources.requests;
    expect(32 * milli(requests?.cpu)).toBeLessThanOrEqual(2000);
    expect(32 * mebi(requests?.memory)).toBeLessThanOrEqual(4096);
    expect(readFileSync('kind/cluster.yaml', 'utf8')).toContain('maxPods: 250');
  });

  it('are the ones that the scaler looks for, with the replicas left to it', () => {
    expect([farm.gateway['deployment'], farm.gateway['deploymentNamespace']]).toEqual(['worker', 'farmhand-workers']);
    expect(worker?.spec).not.toHaveProperty('replicas');
    // Community Edition puts pods with this label back to 5.
    expect(worker?.spec.template.metadata.labels).not.toHaveProperty('faas_function');
  });
});

const milli = (cpu = ''): number => (cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : 1000 * Number(cpu));
const mebi = (memory = ''): number => {
  const [, value, unit] = /^(\d+)(Mi|Gi)$/.exec(memory) ?? [];
  return Number(value) * (unit === 'Gi' ? 1024 : 1);
};
