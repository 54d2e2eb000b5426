import { SECOND, type Clock } from '#shared/clock.ts';
import type { FarmConfig, Secrets } from '#shared/config.ts';
import type { Logger } from '#shared/log.ts';
import { GatewayClient } from './gateway-client.ts';
import { GatewayScaler } from './gateway-scaler.ts';
import { OneAtATime } from './one-at-a-time.ts';
import type { StepTime } from './patience.ts';
import type { Scaler } from './scaler.ts';
import { ShardedGatewayScaler } from './shards/sharded-gateway-scaler.ts';

export interface OpenScalerParts {
  readonly config: Pick<FarmConfig, 'gateway'>;
  readonly secrets: Pick<Secrets, 'gatewayUser' | 'gatewayPassword'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly stepTime: StepTime;
}

const GATEWAY_TIMEOUT_MS = 5 * SECOND;

/** The scaler that `gateway.scaler` names. Asks nothing of the platform yet. @throws CONFIG_INVALID */
export async function openScaler(parts: OpenScalerParts): Promise<Scaler> {
  return new OneAtATime(await choose(parts));
}

async function choose({ config, secrets, ...parts }: OpenScalerParts): Promise<Scaler> {
  const { url, namespace, workerFunction, scaler, shards, shardReplicas, ...cluster } = config.gateway;
  if (scaler === 'kubernetes') {
    const { deployment, deploymentNamespace, kubeconfig } = cluster;
    // The client is large: farms that scale functions do without it.
    const [{ connectCluster }, { KubernetesScaler }] = await Promise.all([
      import('./kubernetes/connect-cluster.ts'),
      import('./kubernetes/kubernetes-scaler.ts'),
    ]);
    const connected = await connectCluster({ deployment, namespace: deploymentNamespace, kubeconfig });
    return new KubernetesScaler({ ...parts, cluster: connected });
  }
  const gateway = new GatewayClient({
    url,
    namespace,
    user: secrets.gatewayUser,
    password: secrets.gatewayPassword,
    timeoutMs: GATEWAY_TIMEOUT_MS,
  });
  const behind = { ...parts, gateway, functionName: workerFunction };
  if (scaler === 'gateway') return new GatewayScaler(behind);
  return new ShardedGatewayScaler({ ...behind, shards, perShard: shardReplicas });
}
