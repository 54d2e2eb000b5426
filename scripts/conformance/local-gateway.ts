import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { silentLogger } from '#shared/log.ts';
import { entropySeed, Sfc32 } from '#shared/rng.ts';
import { createGateway, type GatewayOptions } from '../../local/gateway/gateway.ts';
import { processRuntime } from '../../local/gateway/replica/process-runtime.ts';
import { buildContext } from '../assemble/build-context.ts';
import { mirror } from '../assemble/mirror.ts';
import { readStack } from '../assemble/stack-file.ts';

const PROBE = 'conformance-probe';

/** A gateway of ours that knows the probe as an image, and nothing else. */
export interface ProbedGateway {
  readonly url: string;
  readonly credentials: { readonly user: string; readonly password: string };
  /** The probe's image on it. */
  readonly image: string;
  stop(): Promise<void>;
}

interface ProbedGatewayOptions {
  readonly root: string;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly throughput?: GatewayOptions['throughput'];
  readonly maxReplicas?: number;
}

/** Lays the probe out as an image has it, and starts a gateway on a free port that runs it. */
export async function startProbedGateway(options: ProbedGatewayOptions): Promise<ProbedGateway> {
  const { root, environment, clock } = options;
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-conformance-'));
  const [image, cwd] = layOutProbe(root, environment);
  const env = { NODE_COMPILE_CACHE: join(folder, 'compile-cache') };
  const launch = { [PROBE]: { command: process.execPath, args: ['--max-semi-space-size=1', 'index.ts'], cwd, env } };
  const credentials = { user: 'admin', password: entropySeed() };
  const gateway = await createGateway({
    host: '127.0.0.1',
    port: 0,
    credentials,
    version: 'conformance',
    runtime: processRuntime({ launch, environment, clock }),
    maxReplicas: options.maxReplicas ?? null,
    graceS: 5,
    stateDir: folder,
    clock,
    rng: new Sfc32(entropySeed()),
    log: silentLogger,
    ...(options.throughput === undefined ? {} : { throughput: options.throughput }),
  });
  return {
    url: gateway.url,
    credentials,
    image,
    async stop() {
      await gateway.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** In build/, so that node_modules resolves upward. */
function layOutProbe(root: string, environment: Environment): [image: string, folder: string] {
  const file = join(root, 'scripts/conformance/stack.yml');
  const stack = readStack(file, environment);
  const described = stack.functions[PROBE];
  if (described === undefined) throw new FarmhandError('CONFIG_INVALID', `${file}: expected the function ${PROBE}`);
  const folder = join(root, 'build', PROBE);
  mirror(buildContext(root, described, stack.configuration.copy), folder);
  return [described.image, folder];
}
