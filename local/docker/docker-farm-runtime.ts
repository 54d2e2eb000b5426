import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { FarmSettings } from '../farm-settings.ts';
import { replicaVariables } from '../gateway/replica/environment.ts';
import type { ReplicaRuntime } from '../gateway/replica/replica-child.ts';
import { Releases } from '../releases.ts';
import { smallProcess } from '../small-process.ts';
import type { FarmRuntime } from '../runtime.ts';
import { clearContainers, farmLabel } from './clear-containers.ts';
import { Container } from './container.ts';
import { containerLimits, containerSpec, FARM_FILE_IN_CONTAINER, SECRETS_IN_CONTAINER } from './container-spec.ts';
import { Containers, type ContainerNetwork } from './containers.ts';
import { openDoor } from './door.ts';
import { Engine } from './engine.ts';
import { forgetEngine, rememberEngine } from './engine-record.ts';
import { localTarget } from './local-target.ts';

/** of-watchdog's, in every image. */
const WATCHDOG_PORT = 8080;
const JANITOR = join(import.meta.dirname, `janitor${extname(import.meta.filename)}`);

export interface DockerRuntimeOptions {
  readonly settings: FarmSettings;
  /** DOCKER_HOST, if it is set, names the engine. */
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Replicas as containers of the images of stack.yml, in a network of the farm's own. What a farm that was killed here left behind
 * goes first.
 * @throws FarmhandError DOCKER_UNREACHABLE, IMAGE_MISSING, CONFIG_INVALID (Redis that containers cannot reach), START_FAILED
 */
export async function openDockerRuntime(options: DockerRuntimeOptions): Promise<FarmRuntime> {
  const releases = new Releases(options.log);
  try {
    return await open(options, releases);
  } catch (thrown) {
    await releases.release();
    throw thrown;
  }
}

async function open(options: DockerRuntimeOptions, releases: Releases): Promise<FarmRuntime> {
  const { settings, environment, clock } = options;
  const { state, overrides } = settings;
  const host = environment['DOCKER_HOST'];
  const engine = await Engine.open(host);
  releases.add('engine', () => engine.close());
  const containers = new Containers(engine);
  await checkImages(containers, settings);

  const farm = farmLabel(state);
  rememberEngine(state, host);
  releases.add('note of the engine', async () => forgetEngine(state));
  const clear = async (): Promise<void> => clearContainers(containers, farm, { clock, graceMs: 0 });
  await clear();
  releases.add('containers', clear);
  const janitor = startJanitor(settings);
  releases.add('janitor', async () => void janitor.kill('SIGKILL'));

  const network = await openNetwork(containers, farm);
  const farmFile = copyFarmFile(settings);
  return {
    replicas: replicasIn(network, { containers, farm, farmFile, clock }),
    variables: { ...overrides, FARM_FILE: FARM_FILE_IN_CONTAINER },
    reach: async (url) => {
      const target = localTarget(url);
      if (target === null) return url;
      const door = await openDoor(network.gateway, target);
      releases.add('door', () => door.close());
      const reachable = new URL(url);
      reachable.host = `${door.host}:${door.port}`;
      // URL adds a slash to a gateway's address, and its users add paths to it.
      return reachable.href.replace(/\/$/, '');
    },
    stop: () => releases.release(),
  };
}

function replicasIn(
  network: ContainerNetwork,
  farm: { containers: Containers; farm: string; farmFile: string; clock: Clock },
): ReplicaRuntime {
  return {
    orchestration: 'containers',
    prepare(deployment) {
      containerLimits(deployment);
      return ({ instance, secretsDir, onLine }) => {
        const env = replicaVariables(deployment, { instance, secretsDir: SECRETS_IN_CONTAINER });
        return new Container({
          ...farm,
          name: `${network.name}-${instance}`,
          spec: containerSpec({ ...farm, deployment, env, secretsDir, network: network.name }),
          network: network.name,
          port: WATCHDOG_PORT,
          onLine,
        });
      };
    },
  };
}

async function checkImages(containers: Containers, { deployments }: FarmSettings): Promise<void> {
  const missing: string[] = [];
  for (const { image } of deployments) if (!(await containers.hasImage(image))) missing.push(image);
  if (missing.length === 0) return;
  throw new FarmhandError(
    'IMAGE_MISSING',
    `the Docker engine has no image ${missing.join(', ')}: build them with 'npm run images', or pull them`,
  );
}

async function openNetwork(containers: Containers, farm: string): Promise<ContainerNetwork> {
  const name = `farmhand-${createHash('sha256').update(farm).digest('hex').slice(0, 8)}`;
  const network = await containers.createNetwork(name, farm);
  try {
    // Asking the system for its addresses would not do: one on a bridge without containers is not among them.
    const trial = await openDoor(network.gateway, { host: network.gateway, port: 0 });
    await trial.close();
    return network;
  } catch (cause) {
    throw new FarmhandError(
      'CONFIG_INVALID',
      `the containers' network has its gateway at ${network.gateway}, which is no address of this machine: the engine runs in a ` +
        'virtual machine (Docker Desktop) or without root; --runtime docker needs one that runs on this Linux itself',
      { cause },
    );
  }
}

/** A copy that the containers' user may read, whatever the original's mode, and that stays as it is until the farm ends. */
function copyFarmFile({ root, overrides, state }: FarmSettings): string {
  const folder = join(state.path, 'docker');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'farm.yml');
  const unfinished = `${file}.new`;
  copyFileSync(overrides['FARM_FILE'] ?? join(root, 'farm.yml'), unfinished);
  chmodSync(unfinished, 0o444);
  renameSync(unfinished, file);
  return file;
}

/** Ends the containers should this process be killed. */
function startJanitor({ root, config }: FarmSettings) {
  const args = [...smallProcess.flags, JANITOR, '--root', root, '--grace-s', String(config.local.graceS)];
  const janitor = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  janitor.on('error', () => undefined); // `down` and the next start do the same
  janitor.unref();
  janitor.channel?.unref();
  return janitor;
}
