import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './kubernetes-schema.ts';

/** Every file of manifests that bootstrap.sh applies, or that a kustomization takes. */
export const FILES = [
  'kind/namespaces.yaml',
  'kind/openfaas/functions.yaml',
  'kind/redis/base/redis.yaml',
  'kind/monitoring/prometheus.yaml',
  'kind/monitoring/grafana.yaml',
  'kind/scaler-rbac.yaml',
  'kind/worker-deployment.yaml',
] as const;

/** Every kustomization that needs nothing from elsewhere. */
export const KUSTOMIZATIONS = ['kind/redis/base', 'kind/redis/tls', 'kind/monitoring'] as const;

export function documentsOf(text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text);
  for (const { errors } of documents) if (errors[0] !== undefined) throw errors[0];
  return documents.map((document) => document.toJS() as Manifest);
}

export const manifestsIn = (file: string): readonly Manifest[] => documentsOf(readFileSync(file, 'utf8'));

/** Whether kubectl is there, whose kustomize renders what is applied. Where it is not, tests that need it are skipped, aloud. */
export const hasKubectl: boolean = spawnSync('kubectl', ['version', '--client']).status === 0;

if (!hasKubectl) console.warn('kubectl is not on the PATH; what it would render of kind/ is not tested');

/** What `kubectl apply --kustomize` would apply. Needs no cluster. */
export function rendered(folder: string): readonly Manifest[] {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`kubectl kustomize ${folder}: ${stderr}`);
  return documentsOf(stdout);
}
