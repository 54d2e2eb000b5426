/**
 * Every Redis key of a farm. All share the hash tag `{farm}`, so that a script's keys live on one node of a Redis Cluster and
 * a shared Redis holds any number of farms. Nothing outside `{farm}:` is ever touched. Entries: envelope.ts.
 */
export interface FarmKeys {
  /** `{farm}:`, what every key begins with. */
  readonly prefix: string;
  /** HASH id → what a task is, from its submission until its record or dead letter goes; all else of it is elsewhere. */
  readonly body: string;
  /** LIST of messages waiting for the emitter. */
  readonly input: string;
  /** HASH id → `takenAt emitted⏎input entry`: phases that the emitter took and has not emitted in full. */
  readonly taken: string;
  /** LIST of waiting tasks, a header each (envelope.ts): under `fifo` all, under `lanes` those that are late. */
  readonly line: string;
  /** LIST of waiting tasks that are due at a time (lane-rule.ts), by the lane's name (laneName, FRONT_LANE). */
  lane(name: string): string;
  /** ZSET lane's name → Redis TIME (ms) at which its bucket begins: the lanes that hold tasks. */
  readonly occupied: string;
  /** How many tasks were put into lines and lanes, less those that were taken out of them by no claim. */
  readonly placed: string;
  /** How many were claimed: the newest claim's epoch. */
  readonly epoch: string;
  /** HASH worker → its last answer, and its claims with their leases. Small, so it can be read whole. */
  readonly hands: string;
  /** Redis TIME (ms) before which no lease expires, so that nobody looks in vain. */
  readonly look: string;
  /** LIST of finished tasks that wait for the collector. */
  readonly result: string;
  /** LIST of `id collectedAt` in the order of completion, and of a run's task how to tell its run (lua/by-run.lua). */
  readonly output: string;
  /** LIST, for each run that has records: their tasks as far as the run's name does not say them (envelope.ts), in output's order. */
  outputOf(run: string): string;
  /** HASH id → the one record of a completed task. */
  readonly record: string;
  /** HASH id → dead letter. */
  readonly dead: string;
  /** LIST of dead letters' ids in order. */
  readonly deadOrder: string;
  /** HASH of counters that only grow. */
  readonly counters: string;
  /** HASH slot → sums of the tasks collected in that 100 ms: a ring of constant size. */
  readonly window: string;
  /** HASH member → `role startedAt`. */
  readonly roster: string;
  /** ZSET member → Redis TIME (ms) of its last sign of life. */
  readonly seen: string;
  /** HASH member → `order type until ack`: the SYN that names it. */
  readonly orders: string;
  /** HASH client of the inbox → its last request's number and answer, so that a repeat is answered alike. */
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
  /** ZSET blob → Redis TIME (ms) of its expiry. Not below `blob:`, where any task's id may stand. */
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

/** Name of the lane that begins before all others. */
export const FRONT_LANE = 'front';

export function farmKeys(farm: string): FarmKeys {
  const key = (name: string): string => `{${farm}}:${name}`;
  return {
    prefix: key(''),
    body: key('body'),
    input: key('input'),
    taken: key('taken'),
    line: key('line'),
    lane: (name) => key(`lane:${name}`),
    occupied: key('occupied'),
    placed: key('placed'),
    epoch: key('epoch'),
    hands: key('hands'),
    look: key('look'),
    result: key('result'),
    output: key('output'),
    outputOf: (run) => key(`output:${run}`),
    record: key('record'),
    dead: key('dead'),
    deadOrder: key('dead:order'),
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
    blobExpiry: key('blobs:expiry'),
    blobSize: key('blobs:size'),
    wakeInput: key('wake:input'),
    wakeWorker: key('wake:worker'),
    wakeResult: key('wake:result'),
    mail: (member) => key(`mail:${member}`),
    ack: (order) => key(`ack:${order}`),
    blob: (id) => key(`blob:${id}`),
    leader: (name) => key(`leader:${name}`),
  };
}
