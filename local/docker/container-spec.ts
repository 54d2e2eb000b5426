import type { FunctionDeployment } from '../gateway/deployment.ts';
import { FARM_LABEL } from './containers.ts';
import { parseQuantity } from './quantity.ts';

/** Where OpenFaaS mounts secrets, and shared/config.ts looks for them. */
export const SECRETS_IN_CONTAINER = '/var/openfaas/secrets';
/** The farm's own farm.yml, over the one of the image. */
export const FARM_FILE_IN_CONTAINER = '/var/openfaas/farm.yml';

export interface ContainerPlace {
  readonly deployment: FunctionDeployment;
  readonly env: Readonly<Record<string, string>>;
  /** Absolute paths on this machine. */
  readonly secretsDir: string;
  readonly farmFile: string;
  readonly network: string;
  /** Value of FARM_LABEL. */
  readonly farm: string;
}

/** Memory in bytes and CPU in billionths of a core, each only if the deployment limits it. @throws FarmhandError BODY_INVALID */
export function containerLimits({ limits }: FunctionDeployment): { Memory?: number; NanoCpus?: number } {
  return {
    ...(limits?.memory === undefined ? {} : { Memory: Math.floor(parseQuantity('limits.memory', limits.memory)) }),
    ...(limits?.cpu === undefined ? {} : { NanoCpus: Math.round(parseQuantity('limits.cpu', limits.cpu) * 1e9) }),
  };
}

/**
 * What the engine is asked for: the container as OpenFaaS' pods are with a read-only root. The image says the user (12000), the
 * command (of-watchdog) and the signal. No rights, none to be gained, /tmp alone to write to.
 */
export function containerSpec(place: ContainerPlace): object {
  const { deployment, env, network } = place;
  return {
    Image: deployment.image,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Labels: { [FARM_LABEL]: place.farm, 'farmhand.function': deployment.service },
    // The image's own check starts a process in every container every three seconds; the gateway asks /_/ready instead.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: network,
      ReadonlyRootfs: deployment.readOnlyRootFilesystem ?? false,
      Tmpfs: { '/tmp': 'mode=1777,size=64m' },
      Mounts: [
        { Type: 'bind', Source: place.secretsDir, Target: SECRETS_IN_CONTAINER, ReadOnly: true },
        { Type: 'bind', Source: place.farmFile, Target: FARM_FILE_IN_CONTAINER, ReadOnly: true },
      ],
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 256,
      ...containerLimits(deployment),
      // We follow the output; the engine keeps the latest for `docker logs`.
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    },
  };
}
