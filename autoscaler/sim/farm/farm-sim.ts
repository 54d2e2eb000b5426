import type { QueueReading } from '#shared/queue/observe.ts';
import type { Rng } from '#shared/rng.ts';
import type { DeadlineRule } from '#shared/task.ts';
import type { DrawnTasks } from '#shared/workload/draw.ts';
import type { Replicas } from '../../observation.ts';
import { EventQueue } from '../kernel/event-queue.ts';
import type { TimingProfile } from '../timing-profile.ts';
import { Collected } from './collected.ts';
import { delaysOf, type FarmDelays } from './farm-delays.ts';
import { Pool } from './pool.ts';
import { countByQuartile, qosByQuartile, type ByQuartile, type QuartileEdges } from './quartiles.ts';
import { TaskDues } from './task-dues.ts';
import type { WaitingLine } from './waiting-line.ts';

/** What an episode starts with. */
export interface FarmStart {
  readonly tasks: DrawnTasks;
  readonly workers: number;
  readonly rng: Rng;
}

/** Events by kind, which is their priority at one time: what frees a worker comes before what wants one. */
const FINISH = 0;
const READY = 1;
const GONE = 2;

/**
 * A task farm in virtual time: emission, one line of waiting tasks, workers that start, work and drain, and a collector.
 * Time is ms from the run's start. Arrivals come sorted from the workload and are merged with the kernel's events, after
 * those of the same time. Reproduces the real farm's life of a task (docs/simulator.md numbers what is left out):
 *
 *     arrival ─▶ waiting ─▶ claimed by the first free worker ─▶ finished ─▶ collected, deadline judged
 */
export class FarmSim {
  readonly #delays: FarmDelays;
  readonly #fastestOfIdle: boolean;
  readonly #line: WaitingLine;
  readonly #dues: TaskDues;
  readonly #events = new EventQueue();
  readonly #pool = new Pool();
  readonly #collected = new Collected();
  #tasks: DrawnTasks = { count: 0, atMs: new Float64Array(0), serviceMs: new Float64Array(0), phaseEndsMs: [] };
  #claims!: Rng;
  #collections!: Rng;
  #scalings!: Rng;
  #nowMs = 0;
  #arrived = 0;
  #claimed = 0;
  /** Starting workers that are to go as soon as they are there. */
  #unwanted = 0;
  /** When the workers of the last scale-down may be gone. */
  #drainedAtMs = 0;

  /**
   * @param parts.estimateError how far the service times that the queue expects may be from the real ones, as a share of
   * these; 0 when it is left out
   */
  constructor(parts: { profile: TimingProfile; deadline: DeadlineRule; line: WaitingLine; estimateError?: number }) {
    this.#delays = delaysOf(parts.profile);
    this.#fastestOfIdle = parts.profile.fastestOfIdle;
    this.#line = parts.line;
    this.#dues = new TaskDues({
      deadline: parts.deadline,
      estimateError: parts.estimateError ?? 0,
      tasks: this.#tasks,
    });
  }

  begin({ tasks, workers, rng }: FarmStart): void {
    this.#tasks = tasks;
    this.#claims = rng.fork('claims');
    this.#collections = rng.fork('collections');
    this.#scalings = rng.fork('scalings');
    this.#dues.begin(tasks, rng.fork('estimates'));
    this.#events.clear();
    this.#line.clear();
    this.#pool.begin(workers);
    this.#collected.clear(tasks.count);
    this.#nowMs = 0;
    this.#arrived = 0;
    this.#claimed = 0;
    this.#unwanted = 0;
    this.#drainedAtMs = 0;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Everything that is to arrive has been collected. */
  get done(): boolean {
    return this.#collected.count === this.#tasks.count;
  }

  /** Emitted and not collected. */
  get unfinished(): number {
    return this.#arrived - this.#collected.count;
  }

  counts(): { readonly emitted: number; readonly collected: number; readonly met: number; readonly dead: number } {
    return { emitted: this.#arrived, collected: this.#collected.count, met: this.#collected.met, dead: 0 };
  }

  /** Whether the workload still emits. */
  get emitting(): boolean {
    return this.#nowMs < (this.#tasks.phaseEndsMs.at(-1) ?? 0);
  }

  /** Runs until `untilMs`, that moment included. */
  advance(untilMs: number): void {
    const events = this.#events;
    const { atMs, count } = this.#tasks;
    let arrivalAt = this.#arrived < count ? (atMs[this.#arrived] ?? Infinity) : Infinity;
    for (;;) {
      const eventAt = events.nextAt;
      if (eventAt <= arrivalAt) {
        if (eventAt > untilMs) break;
        this.#happen(eventAt);
      } else {
        if (arrivalAt > untilMs) break;
        this.#arrive(arrivalAt);
        arrivalAt = this.#arrived < count ? (atMs[this.#arrived] ?? Infinity) : Infinity;
      }
    }
    this.#nowMs = untilMs;
    this.#pool.book(untilMs);
    this.#collected.look(untilMs);
  }

  /** When the next thing happens, ms; Infinity when nothing will. */
  get nextAtMs(): number {
    const arrivalAt = this.#arrived < this.#tasks.count ? (this.#tasks.atMs[this.#arrived] ?? Infinity) : Infinity;
    const collectedAt = this.#collected.count < this.#collected.handed ? this.#collected.lastAt : Infinity;
    return Math.min(arrivalAt, this.#events.nextAt, collectedAt);
  }

  /**
   * Asks for so many workers in all. More: those that were asked to go stay, further ones start. Fewer: idle workers go at
   * once, then busy ones as they finish, then starting ones as soon as they are there.
   */
  scaleTo(replicas: number): void {
    const pool = this.#pool;
    pool.book(this.#nowMs);
    const change = replicas - pool.desired;
    pool.desired = replicas;
    pool.most = Math.max(pool.most, replicas);
    if (change > 0) this.#grow(change);
    if (change < 0) this.#shrink(-change);
  }

  /** Of the tasks so far (quartiles.ts). */
  qosByQuartile(edges: QuartileEdges): ByQuartile {
    const emitted = countByQuartile({ serviceMs: this.#tasks.serviceMs, count: this.#arrived, edges });
    return qosByQuartile({ emitted, met: this.#collected.metByQuartile(edges) });
  }

  replicas(): Replicas {
    const { desired, ready, active } = this.#pool;
    return { granted: desired, ready, active };
  }

  /** Integrals since the start, worker-ms, and the most workers that were asked for. */
  get usage(): { readonly desiredMs: number; readonly activeMs: number; readonly most: number } {
    const { desiredMs, activeMs, most } = this.#pool;
    return { desiredMs, activeMs, most };
  }

  /** What `QueueObserver.read` gives on a real farm. */
  read(windowMs: number): QueueReading {
    const { phaseEndsMs } = this.#tasks;
    const collected = this.#collected;
    let input = 0;
    for (let i = 0; i < phaseEndsMs.length - 1; i += 1) if ((phaseEndsMs[i] ?? 0) > this.#nowMs) input += 1;
    return {
      at: this.#nowMs,
      input,
      emitting: this.emitting ? 1 : 0,
      waiting: this.#line.size,
      inFlight: this.#claimed - collected.handed,
      result: collected.handed - collected.count,
      deadLetters: 0,
      totals: {
        submitted: this.#arrived,
        emitted: this.#arrived,
        claimed: this.#claimed,
        finished: collected.handed,
        collected: collected.count,
        met: collected.met,
        dead: 0,
        reclaimed: 0,
        released: 0,
        fenced: 0,
        duplicates: 0,
      },
      window: collected.since(this.#nowMs - windowMs),
      oldestSlackMs: this.#line.size === 0 ? null : this.#dues.dueOf(this.#line.mostUrgent()).latestStart - this.#nowMs,
      members: this.#pool.active,
    };
  }

  #arrive(atMs: number): void {
    const task = this.#arrived;
    this.#arrived = task + 1;
    const pool = this.#pool;
    if (pool.idle === 0) {
      this.#line.push(task, this.#dues.dueOf(task), atMs);
      return;
    }
    const delay = this.#delays.claim.draw(this.#claims);
    const startAt = atMs + (this.#fastestOfIdle ? delay / pool.idle : delay);
    pool.idle -= 1;
    pool.busy += 1;
    this.#claimed += 1;
    this.#events.push(startAt + (this.#tasks.serviceMs[task] ?? 0), FINISH, task);
  }

  #happen(atMs: number): void {
    const kind = this.#events.nextKind;
    if (kind === FINISH) {
      this.#hand(this.#events.nextSubject, atMs);
      this.#free(atMs);
      return;
    }
    this.#events.drop();
    this.#pool.book(atMs);
    if (kind === GONE) this.#pool.leaving -= 1;
    else this.#enter(atMs);
  }

  /** A worker has finished its task: it goes, if one is to go, or takes the next, or waits. Its event is the next one. */
  #free(atMs: number): void {
    const pool = this.#pool;
    if (pool.leavers > 0) {
      pool.leavers -= 1;
      pool.busy -= 1;
      pool.leaving += 1;
      this.#events.replace(Math.max(atMs, this.#drainedAtMs), GONE, 0);
    } else if (this.#line.size > 0) {
      const task = this.#line.take(atMs);
      this.#claimed += 1;
      const turnaround = this.#delays.turnaround.draw(this.#claims);
      this.#events.replace(atMs + turnaround + (this.#tasks.serviceMs[task] ?? 0), FINISH, task);
    } else {
      pool.busy -= 1;
      pool.idle += 1;
      this.#events.drop();
    }
  }

  /** A started worker is there: it goes again when it is not wanted any more, or takes a task, or waits. */
  #enter(atMs: number): void {
    const pool = this.#pool;
    pool.starting -= 1;
    if (this.#unwanted > 0) {
      this.#unwanted -= 1;
    } else if (this.#line.size > 0) {
      const task = this.#line.take(atMs);
      this.#claimed += 1;
      pool.busy += 1;
      this.#events.push(atMs + (this.#tasks.serviceMs[task] ?? 0), FINISH, task);
    } else {
      pool.idle += 1;
    }
  }

  #hand(task: number, atMs: number): void {
    const generatedAt = this.#tasks.atMs[task] ?? 0;
    const serviceMs = this.#tasks.serviceMs[task] ?? 0;
    this.#collected.hand({
      collectAt: atMs + (this.#tasks.logged?.collectMs[task] ?? this.#delays.collect.draw(this.#collections)),
      generatedAt,
      deadlineAt: this.#dues.deadlineAt(task),
      serviceMs,
    });
  }

  #grow(workers: number): void {
    const pool = this.#pool;
    const wantedAgain = Math.min(workers, this.#unwanted);
    this.#unwanted -= wantedAgain;
    const staying = Math.min(workers - wantedAgain, pool.leavers);
    pool.leavers -= staying;
    let readyAt = this.#nowMs;
    for (let i = wantedAgain + staying; i < workers; i += 1) {
      const first = i === wantedAgain + staying;
      readyAt += (first ? this.#delays.start : this.#delays.startNext).draw(this.#scalings);
      pool.starting += 1;
      this.#events.push(readyAt, READY, 0);
    }
  }

  #shrink(workers: number): void {
    const pool = this.#pool;
    this.#drainedAtMs = this.#nowMs + this.#delays.drain.draw(this.#scalings);
    const idle = Math.min(workers, pool.idle);
    pool.idle -= idle;
    pool.leaving += idle;
    for (let i = 0; i < idle; i += 1) this.#events.push(this.#drainedAtMs, GONE, 0);
    const busy = Math.min(workers - idle, pool.busy - pool.leavers);
    pool.leavers += busy;
    this.#unwanted += workers - idle - busy;
  }
}
