import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SystemClock } from '#shared/clock.ts';
import { processEnvironment, type Environment } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { Sfc32 } from '#shared/rng.ts';
import {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type ReplicaExit,
} from '../../../../local/gateway/gateway.ts';
import type { Launch, LaunchTable } from '../../../../local/gateway/launch.ts';
import { processRuntime } from '../../../../local/gateway/replica/process-runtime.ts';
import { projectNode } from '../../../support/project-node.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const server = join(import.meta.dirname, '../fixtures/server.ts');
const manners = ['plain', 'stubborn', 'abrupt', 'crasher', 'mute', 'slow'] as const;

/** How the fixture runs; the image's name is its manner. */
export const fixtureLaunch = (manner: (typeof manners)[number]): Launch => ({
  command: projectNode,
  args: ['--max-semi-space-size=1', server, manner],
  cwd: import.meta.dirname,
});

const fixtures: LaunchTable = Object.fromEntries(manners.map((manner) => [manner, fixtureLaunch(manner)]));

export const credentials = { user: 'admin', password: 'correct horse: battery' };
export const authorization = `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;

export interface TestGateway extends Gateway {
  readonly stateDir: string;
  readonly exits: readonly ReplicaExit[];
  /** A request with credentials. A body that is no string is sent as JSON. */
  call(path: string, init?: { method?: string; body?: unknown; headers?: Record<string, string> }): Promise<Response>;
  /** Body of a GET through /function, as text. */
  get(path: string): Promise<string>;
}

/** A gateway on a free port with the fixtures as images, stopped when the test is over. */
export async function testGateway(
  options: Partial<GatewayOptions> & { launch?: LaunchTable; environment?: Environment } = {},
): Promise<TestGateway> {
  const { launch = fixtures, environment = processEnvironment(), ...rest } = options;
  const clock = options.clock ?? new SystemClock();
  const stateDir = temporaryFolder();
  const exits: ReplicaExit[] = [];
  const gateway = await createGateway({
    host: '127.0.0.1',
    port: 0,
    credentials,
    version: '1.2.3',
    runtime: processRuntime({ launch, environment, clock }),
    maxReplicas: null,
    graceS: 5,
    stateDir,
    clock,
    rng: new Sfc32(stateDir),
    log: silentLogger,
    onExit: (exit) => exits.push(exit),
    ...rest,
  });
  onTestFinished(() => gateway.stop());
  const call: TestGateway['call'] = async (path, { method = 'GET', body, headers = {} } = {}) =>
    await fetch(gateway.url + path, {
      method,
      headers: { authorization, ...headers },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  return { ...gateway, stateDir, exits, call, get: async (path) => await (await call(path)).text() };
}

/** Deploys and waits until ready. */
export async function deployReady(
  gateway: Gateway,
  deployment: Parameters<Gateway['deploy']>[0] & { replicas?: number },
): Promise<void> {
  const { replicas, ...rest } = deployment;
  await gateway.deploy(rest);
  if (replicas !== undefined) gateway.scale(deployment.service, replicas);
  await gateway.untilReady(deployment.service, { timeoutMs: 9000 });
}
