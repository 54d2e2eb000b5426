import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import type { DrawnTasks } from '#shared/workload/draw.ts';
import { SERVERS } from './station.ts';

/** Another simulator that runs the same station. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** @throws Error if a task is missing at the end */
  run(tasks: DrawnTasks): void;
}

/** What of simjs is used (its documentation: Sim, Entity, Facility). It has no types of its own. */
interface SimJs {
  readonly Sim: new () => { addEntity<T>(made: new () => T): T; simulate(until: number): void };
  readonly Entity: new () => Entity;
  readonly Facility: { new (name: string, discipline: number, servers: number): object; readonly FCFS: number };
}

interface Entity {
  time(): number;
  setTimer(delay: number): { done(callback: () => void): void };
  useFacility(facility: object, duration: number): { done(callback: () => void): void };
}

/**
 * simjs (npm, MIT): the one discrete-event simulator on npm with stations of servers and without dependencies; simscript
 * brings a compiler and a documentation generator along (docs/adr/0007-simulator.md). Null where it is not installed.
 */
export async function openPeer(): Promise<Peer | null> {
  const require = createRequire(import.meta.url);
  let file: string;
  try {
    file = require.resolve('simjs');
  } catch {
    return null;
  }
  const { version } = require('simjs/package.json') as { version: string };
  // Its bundle knows browsers only: it leaves its classes on `window`.
  const window: { Sim?: SimJs } = {};
  const load = compileFunction(readFileSync(file, 'utf8'), ['window'], { filename: file }) as (window: object) => void;
  load(window);
  const simjs = window.Sim;
  if (simjs === undefined) throw new Error(`simjs ${version} leaves nothing on window`);
  return { name: 'simjs', version, run: (tasks) => runWith(simjs, tasks) };
}

function runWith({ Sim, Entity, Facility }: SimJs, { atMs, serviceMs, count }: DrawnTasks): void {
  const sim = new Sim();
  const servers = new Facility('farm', Facility.FCFS, SERVERS);
  class Source extends Entity {
    served = 0;
    #next = 0;

    // simjs calls it when the simulation begins.
    start(): void {
      this.#schedule();
    }

    #schedule(): void {
      const task = this.#next;
      this.#next += 1;
      if (task >= count) return;
      this.setTimer((atMs[task] ?? 0) - this.time()).done(() => {
        this.useFacility(servers, serviceMs[task] ?? 0).done(() => {
          this.served += 1;
        });
        this.#schedule();
      });
    }
  }
  const source = sim.addEntity(Source);
  sim.simulate(Number.MAX_SAFE_INTEGER);
  if (source.served !== count) throw new Error(`simjs served ${source.served} of ${count} tasks`);
}
