import type { Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { Rng } from '#shared/rng.ts';
import type { FunctionDeployment } from './deployment.ts';
import type { FunctionStatus } from './function-status.ts';
import type { Replica } from './replica/replica.ts';
import type { ReplicaRuntime } from './replica/replica-child.ts';
import type { ReplicaExit } from './replica/replica-exit.ts';
import type { ReplicaFactory } from './replica/replica-factory.ts';
import { ReplicaSet } from './replica/replica-set.ts';
import type { StartGate } from './replica/start-gate.ts';
import { UsageMeter } from './replica/usage.ts';
import { grantReplicas, replicasAfterUpdate, scaleRules, type ScaleRules } from './scale-rules.ts';
import type { SecretMounts } from './secrets/secret-mounts.ts';

/** A function that is deployed: what was asked for, and the processes that serve it. */
export interface DeployedFunction {
  readonly name: string;
  readonly replicas: ReplicaSet;
  readonly createdAt: string;
  readonly usage: UsageMeter;
  deployment: FunctionDeployment;
  rules: ScaleRules;
  invocations: number;
  /** Invocations that were answered with 200. */
  successes: number;
}

export interface FunctionTableOptions {
  readonly namespace: string;
  readonly runtime: ReplicaRuntime;
  readonly maxReplicas: number | null;
  readonly graceMs: number;
  readonly gate: StartGate;
  /** Replicas that an update may start beyond the desired ones. */
  readonly surge: number;
  readonly factory: ReplicaFactory;
  readonly mounts: SecretMounts;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly onExit: (exit: ReplicaExit) => void;
  /** A function and all its replicas are gone. */
  readonly onRemoved: (name: string) => void;
}

/** Every function of the gateway. Its changes are synchronous: requests beside each other see all of one or nothing. */
export class FunctionTable {
  readonly #options: FunctionTableOptions;
  readonly #functions = new Map<string, DeployedFunction>();
  readonly #leaving = new Set<Promise<void>>();
  #stopping = false;

  constructor(options: FunctionTableOptions) {
    this.#options = options;
  }

  find(name: string): DeployedFunction | null {
    return this.#functions.get(name) ?? null;
  }

  /** @throws FarmhandError NOT_FOUND */
  get(name: string): DeployedFunction {
    const found = this.#functions.get(name);
    if (found !== undefined) return found;
    throw new FarmhandError('NOT_FOUND', `function ${name} is not deployed`);
  }

  /** By name. */
  list(): readonly DeployedFunction[] {
    return [...this.#functions.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws FarmhandError CONFLICT when it exists; BODY_INVALID for what cannot be deployed. */
  create(deployment: FunctionDeployment): void {
    const name = deployment.service;
    if (this.#functions.has(name)) {
      throw new FarmhandError('CONFLICT', `function ${name} is deployed already; update it with PUT`);
    }
    const { rules, start } = this.#prepare(deployment);
    const { clock, gate, graceMs, surge } = this.#options;
    const log = this.#options.log.child({ function: name });
    const rng = this.#options.rng.fork(name);
    const onExit = (exit: Omit<ReplicaExit, 'fn'>): void => this.#options.onExit({ fn: name, ...exit });
    const options = { clock, gate, graceMs, surge, log, rng, onExit };
    this.#functions.set(name, {
      name,
      deployment,
      rules,
      replicas: new ReplicaSet(start, rules.min, options),
      createdAt: new Date(clock.farmTime()).toISOString(),
      usage: new UsageMeter(clock),
      invocations: 0,
      successes: 0,
    });
  }

  /** Replaces the definition, and every replica by one of it. @throws FarmhandError NOT_FOUND, BODY_INVALID */
  update(deployment: FunctionDeployment): void {
    const fn = this.get(deployment.service);
    const { rules, start } = this.#prepare(deployment);
    fn.deployment = deployment;
    fn.rules = rules;
    fn.replicas.update(start, replicasAfterUpdate(fn.replicas.desired, rules));
  }

  /** Takes the function out at once; its replicas end within the grace. @throws FarmhandError NOT_FOUND */
  remove(name: string): void {
    const fn = this.get(name);
    this.#functions.delete(name);
    const gone = fn.replicas.stop().then(() => {
      this.#leaving.delete(gone);
      if (this.#functions.has(name)) return; // deployed again meanwhile
      this.#options.mounts.unmount(name);
      this.#options.onRemoved(name);
    });
    this.#leaving.add(gone);
  }

  /** Returns what was granted. @throws FarmhandError NOT_FOUND */
  scale(name: string, requested: number): number {
    const fn = this.get(name);
    const granted = grantReplicas(requested, fn.rules);
    if (granted !== fn.replicas.desired) {
      this.#options.log.info({ function: name, requested, granted, from: fn.replicas.desired }, 'function is scaled');
    }
    fn.replicas.scale(granted);
    return granted;
  }

  status(fn: DeployedFunction, options: { usage: boolean }): FunctionStatus {
    const { service, labels, ...rest } = fn.deployment;
    return {
      name: service,
      ...rest,
      // The one that there is, also where the deployment left it out or empty, as faas-cli does.
      namespace: this.#options.namespace,
      labels: { ...labels, faas_function: service },
      // Go's omitempty: a zero is no key.
      replicas: fn.replicas.desired === 0 ? undefined : fn.replicas.desired,
      availableReplicas: fn.replicas.available === 0 ? undefined : fn.replicas.available,
      invocationCount: fn.invocations === 0 ? undefined : fn.invocations,
      createdAt: fn.createdAt,
      usage: options.usage ? fn.usage.read(fn.replicas.pids) : undefined,
    };
  }

  /** Ends every replica, in parallel, and takes no deployment any more. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...[...this.#functions.values()].map(async (fn) => fn.replicas.stop()), ...this.#leaving]);
  }

  /** Everything that can be refused is refused here, before anything changes. */
  #prepare(deployment: FunctionDeployment): { rules: ScaleRules; start: (onChange: () => void) => Replica } {
    const { factory, runtime, maxReplicas, mounts } = this.#options;
    if (this.#stopping) throw new FarmhandError('NOT_READY', 'the gateway is stopping');
    const startChild = runtime.prepare(deployment);
    const rules = scaleRules(deployment.labels ?? {}, maxReplicas);
    mounts.mount(deployment.service, deployment.secrets ?? []);
    return { rules, start: (onChange) => factory.start(deployment.service, startChild, onChange) };
  }
}
