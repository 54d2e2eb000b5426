import { LANES } from './lane-rule.ts';

/**
 * Every Redis key of a farm. All share the hash tag `{farm}`, so that a script's keys live on one node of a Redis Cluster and
 * a shared Redis holds any number of farms. Nothing outside `{farm}:` is ever touched.
 */
export interface FarmKeys {
  /** LIST of messages waiting for the emitter: `id acceptedAt kind run⏎JSON`. */
  readonly input: string;
  /** HASH id → `takenAt emitted⏎input entry`: messages that the emitter took and has not emitted in full. */
  readonly taken: string;
  /** LIST of waiting tasks, an envelope each (envelope.ts): under `fifo` all, under `lanes` those that are late. */
  readonly line: string;
  /** LISTs of waiting tasks by when they are due (lane-rule.ts), LANES of them. */
  readonly lane: readonly string[];
  /** ZSET lane's number → Redis TIME (ms) at which its bucket begins: the lanes that hold tasks. */
  readonly occupied: string;
  /** STRING: how many tasks wait, in the line and in lanes. */
  readonly waiting: string;
  /** HASH id → envelope of a claimed task. */
  readonly flight: string;
  /** HASH id → `worker epoch claimedAt`: who holds a claimed task. Small, so it can be read whole. */
  readonly holder: string;
  /** ZSET id → Redis TIME (ms) at which the claim's lease expires. */
  readonly lease: string;
  /** LIST of finished tasks that wait for the collector. */
  readonly result: string;
  /** LIST of ids in the order of completion. */
  readonly output: string;
  /** HASH id → the one record of a completed task. */
  readonly record: string;
  /** HASH id → dead letter. */
  readonly dead: string;
  /** LIST of dead letters' ids in order. */
  readonly deadOrder: string;
  /** HASH id → where an accepted task that has not ended is: `input`, `lane` or `result`. */
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

export function farmKeys(farm: string): FarmKeys {
  const key = (name: string): string => `{${farm}}:${name}`;
  return {
    input: key('input'),
    taken: key('taken'),
    line: key('line'),
    lane: Array.from({ length: LANES }, (_, lane) => key(`lane:${String(lane).padStart(2, '0')}`)),
    occupied: key('occupied'),
    waiting: key('waiting'),
    flight: key('flight'),
    holder: key('holder'),
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
