import type { FunctionDeployment } from '../deployment.ts';

/** How a replica ended. Both are null when it could not be started. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** What a replica is to the machine: a process, or a container. It runs from its making on. */
export interface ReplicaChild {
  /** Where it answers, for example http://127.0.0.1:34567, once it says so or it is known; null when it ended before. */
  readonly listening: Promise<string | null>;
  /** Resolves once it has ended; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Resolves once its output was read as well, and nothing of it is left. */
  readonly closed: Promise<void>;
  /** Its processes, for measuring; empty when there are none. */
  readonly pids: readonly number[];
  /** SIGTERM, and SIGKILL after `graceMs`. Resolves when it has ended. Idempotent. */
  terminate(graceMs: number): Promise<ProcessExit>;
  /** SIGKILL, if it still runs. */
  kill(): void;
}

/** What one replica is given beside its deployment. */
export interface ReplicaIdentity {
  readonly instance: string;
  /** Folder with the deployment's secrets, one file each. */
  readonly secretsDir: string;
  /** Each line of its standard output and standard error, and what there is to say about it. */
  readonly onLine: (text: string) => void;
}

export type StartChild = (replica: ReplicaIdentity) => ReplicaChild;

/** What a gateway's replicas run in. */
export interface ReplicaRuntime {
  /** As /system/info tells it. */
  readonly orchestration: 'processes' | 'containers';
  /** Refuses all that can be refused before anything is started. @throws FarmhandError BODY_INVALID */
  prepare(deployment: FunctionDeployment): StartChild;
}
