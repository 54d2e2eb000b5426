/** A pod as the fake keeps it. */
export interface FakePod {
  readonly name: string;
  phase: 'Pending' | 'Running';
  ready: boolean;
  /** Its controller has chosen it, and it has not ended yet. */
  leaving: boolean;
  annotations: Record<string, string>;
  version: number;
  readonly created: number;
}

export interface FakeEvent {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The Pod as JSON. */
  readonly object: object;
}

/** Who watches. `end`: the server ends the watch; `expired`: because it has forgotten what is needed to go on. */
export interface FakeWatcher {
  event(event: FakeEvent): void;
  end(expired: boolean): void;
}

export const NAMESPACE = 'farmhand-workers';
export const DEPLOYMENT = 'worker';
export const SELECTOR = 'app=worker';
export const COST = 'controller.kubernetes.io/pod-deletion-cost';

/**
 * What a Kubernetes API server keeps of one Deployment and its pods, with versions, conflicts, history and watches, and the
 * controller that follows the Deployment whenever `reconcile` is called.
 */
export class FakeKubernetes {
  readonly pods = new Map<string, FakePod>();
  /** Told of each pod that the controller has chosen. */
  onChosen: (pod: FakePod) => void = () => undefined;
  #replicas: number;
  readonly #watchers = new Set<FakeWatcher>();
  #history: FakeEvent[] = [];
  #version = 1;
  #scaleVersion = 1;
  /** Events up to here are forgotten. */
  #forgotten = 0;
  #born = 0;

  constructor(replicas: number) {
    this.#replicas = replicas;
  }

  get replicas(): number {
    return this.#replicas;
  }

  get version(): number {
    return this.#version;
  }

  get scaleVersion(): number {
    return this.#scaleVersion;
  }

  get watches(): number {
    return this.#watchers.size;
  }

  /** Somebody's `kubectl scale`. */
  scaleTo(replicas: number): void {
    this.#replicas = replicas;
    this.#scaleVersion = this.#version += 1;
  }

  /** False: it has changed since that version. */
  scaleFrom(version: string | undefined, replicas: number): boolean {
    if (version !== undefined && version !== String(this.#scaleVersion)) return false;
    this.scaleTo(replicas);
    return true;
  }

  /** A merge patch: null takes an annotation away. */
  annotate(pod: FakePod, annotations: Readonly<Record<string, string | null>>): void {
    const merged = Object.entries({ ...pod.annotations, ...annotations });
    pod.annotations = Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null));
    this.#tell('MODIFIED', pod);
  }

  /** The kubelet's word on a pod. */
  report(pod: FakePod, status: Partial<Pick<FakePod, 'phase' | 'ready'>>): void {
    if (Object.entries(status).every(([key, value]) => pod[key as 'ready'] === value)) return;
    Object.assign(pod, status);
    this.#tell('MODIFIED', pod);
  }

  /** What the ReplicaSet controller and the kubelets do about what there is now. */
  reconcile(): void {
    for (const pod of [...this.pods.values()]) {
      if (!pod.leaving) continue;
      this.pods.delete(pod.name);
      this.#tell('DELETED', pod);
    }
    const active = [...this.pods.values()];
    for (let missing = this.#replicas - active.length; missing > 0; missing -= 1) this.#create();
    for (const pod of active.sort(inOrderOfDeletion).slice(0, Math.max(0, active.length - this.#replicas))) {
      pod.leaving = true;
      this.#tell('MODIFIED', pod);
      this.onChosen(pod);
    }
  }

  /** Returns what ends the watch; null: the server has forgotten what came after that version. */
  watch(from: number, watcher: FakeWatcher): (() => void) | null {
    if (from < this.#forgotten) return null;
    for (const event of this.#history) if (event.version > from) watcher.event(event);
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** The server forgets what it would need to go on with any watch: the next one is answered 410. */
  compact(): void {
    this.#forgotten = this.#version;
    this.#history = [];
  }

  dropWatches({ expired = false } = {}): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher.end(expired);
  }

  #create(): void {
    const name = `worker-5d4f8b7c9d-${(this.#born += 1).toString(36).padStart(5, '0')}`;
    const fresh = { leaving: false, annotations: {}, version: 0, created: this.#born };
    const pod: FakePod = { name, phase: 'Pending', ready: false, ...fresh };
    this.pods.set(name, pod);
    this.#tell('ADDED', pod);
  }

  #tell(type: FakeEvent['type'], pod: FakePod): void {
    pod.version = this.#version += 1;
    const event = { version: pod.version, type, object: podObject(pod) };
    this.#history.push(event);
    for (const watcher of this.#watchers) watcher.event(event);
  }
}

/** Kubernetes' `ActivePodsWithRanks`, as far as these pods differ. */
function inOrderOfDeletion(a: FakePod, b: FakePod): number {
  const rank = (pod: FakePod): number[] => [
    ...[pod.phase === 'Pending' ? 0 : 1, Number(pod.ready), Number(pod.annotations[COST] ?? 0)],
    -pod.created,
  ];
  const [left, right] = [rank(a), rank(b)];
  const at = left.findIndex((value, i) => value !== right[i]);
  return at < 0 ? 0 : left[at]! - right[at]!;
}

export function podObject(pod: FakePod): object {
  return {
    kind: 'Pod',
    metadata: {
      ...{ name: pod.name, namespace: NAMESPACE, resourceVersion: String(pod.version), annotations: pod.annotations },
      ...(pod.leaving && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'worker' }] },
    status: {
      phase: pod.phase,
      conditions: [{ type: 'Ready', status: pod.ready ? 'True' : 'False' }],
      containerStatuses: [
        {
          name: 'worker',
          state: pod.phase === 'Running' ? { running: {} } : { waiting: { reason: 'ContainerCreating' } },
        },
      ],
    },
  };
}
