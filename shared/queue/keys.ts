/**
 * Every Redis key of a farm. All share the hash tag `{farm}`, so that a script's keys live on one node of a Redis Cluster and
 * a shared Redis holds any number of farms. Nothing outside `{farm}:` is ever touched. Entries: envelope.ts.
 */
export interface FarmKeys {
  /** `{farm}:`, what every key begins with. */
  readonly prefix: string;
  /** LIST of messages waiting for the emitter. */
  readonly input: string;
  /** HASH id → `takenAt emitted⏎input entry`: phases that the emitter took and has not emitted in full. */
  readonly taken: string;
  /** LIST of waiting tasks, an envelope each (envelope.ts): under `fifo` all, under `lanes` those that are late. */
  readonly line: string;
  /** LIST of waiting tasks that are due at a time (lane-rule.ts), by the lane's name (laneName). */
  lane(name: string): string;
  /** ZSET lane's name → Redis TIME (ms) at which its bucket begins: the lanes that hold tasks. */
  readonly occupied: string;
  /** HASH id → entry of a claimed task: who holds it, by which epoch, and its envelope; `-` from its finish to its collection. */
  readonly flight: string;
  /** ZSET `worker id` → Redis TIME (ms) at which the claim's lease expires. Small, so it can be read whole. */
  readonly lease: string;
  /** LIST of finished tasks that wait for the collector. */
  readonly result: string;
  /** LIST of `id collectedAt` in the order of completion. */
  readonly output: string;
  /** HASH id → the one record of a completed task. */
  readonly record: string;
  /** HASH id → dead letter. */
  readonly dead: string;
  /** LIST of dead letters' ids in order. */
  readonly deadOrder: string;
  /** HASH id → how far an accepted task came that has not ended: `input`, or `lane` and beyond (then see flight). */
  readonly known: string;
  /** HASH of counters that only grow, and the source of epochs. */
  readonly counters: string;
  /** HASH slot → sums of the tasks collected in that 100 ms: a ring of constant size. */
  readonly window: string;
  /** HASH member → `role startedAt`. */
  readonly roster: string;
  /** ZSET member → Redis TIME (ms) of its last sign of life. */
  readonly seen: string;
  /** HASH member → `order type until ack`: the SYN that names it. */
  readonly orders: string;
  /** HASH client → its last request's number and answer, so that a repeat is answered alike. */
  readonly replies: string;
  /** HASH run → JSON of the run: what it emits, and from which seed. */
  readonly runs: string;
  /** LIST of runs' names, newest first. */
  readonly runOrder: string;
  /** HASH run → how many of its tasks are emitted. */
  readonly progress: string;
  /** SET of the task kinds that workers of this farm ran lately. */
  readonly kinds: string;
  /** LIST of the autoscaler's decisions, newest first. */
  readonly decisions: string;
  /** ZSET blob → Redis TIME (ms) of its expiry. */
  readonly blobExpiry: string;
  /** HASH blob → bytes. */
  readonly blobSize: string;
  readonly wakeInput: string;
  readonly wakeWorker: string;
  readonly wakeResult: string;
  /** LIST of doorbell rings for one member. */
  mail(member: string): string;
  /** LIST of ACKs to one order. */
  ack(order: string): string;
  blob(id: string): string;
  /** HASH of one leader lease. */
  leader(name: string): string;
}

/** Two digits, so that of two buckets that begin at once the lower lane's comes first in `occupied`. */
export function laneName(lane: number): string {
  return String(lane).padStart(2, '0');
}

export function farmKeys(farm: string): FarmKeys {
  const key = (name: string): string => `{${farm}}:${name}`;
  return {
    prefix: key(''),
    input: key('input'),
    taken: key('taken'),
    line: key('line'),
    lane: (name) => key(`lane:${name}`),
    occupied: key('occupied'),
    flight: key('flight'),
    lease: key('lease'),
    result: key('result'),
    output: key('output'),
    record: key('record'),
    dead: key('dead'),
    deadOrder: key('dead:order'),
    known: key('known'),
    counters: key('counters'),
    window: key('window'),
    roster: key('roster'),
    seen: key('seen'),
    orders: key('orders'),
    replies: key('replies'),
    runs: key('runs'),
    runOrder: key('runs:order'),
    progress: key('runs:progress'),
    kinds: key('kinds'),
    decisions: key('decisions'),
    blobExpiry: key('blob:expiry'),
    blobSize: key('blob:size'),
    wakeInput: key('wake:input'),
    wakeWorker: key('wake:worker'),
    wakeResult: key('wake:result'),
    mail: (member) => key(`mail:${member}`),
    ack: (order) => key(`ack:${order}`),
    blob: (id) => key(`blob:${id}`),
    leader: (name) => key(`leader:${name}`),
  };
}
