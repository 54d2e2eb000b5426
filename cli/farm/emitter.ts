import { z } from 'zod';
import type { Workload } from '#shared/workload/workload.ts';
import type { FarmHttp } from './http.ts';

const runStatus = z.object({
  run: z.string(),
  workload: z.string(),
  seed: z.number().nullable(),
  state: z.enum(['running', 'done', 'stopped']),
  phase: z.string().nullable(),
  emitted: z.number(),
  total: z.number(),
  /** Farm time, ms since 1970. */
  startedAt: z.number(),
});

export type RunStatus = z.infer<typeof runStatus>;

const submitted = z.object({ accepted: z.array(z.string()), duplicates: z.array(z.string()) });

/** Ids that the farm took, and ids that it had already. */
export type Submitted = z.infer<typeof submitted>;

/** Listing a large folder, or a batch, may take a while. */
const SUBMIT_TIMEOUT_MS = 60_000;

/** The emitter's HTTP, as far as the command line uses it. */
export class EmitterClient {
  readonly #http: FarmHttp;

  constructor(http: FarmHttp) {
    this.#http = http;
  }

  /** Starts to emit a workload; returns the run's id. Its tasks are `<run>-0`, `<run>-1`, ... */
  async startRun(workload: Workload | string, seed: number): Promise<string> {
    const answer = await this.#http.call('emitter', '/runs', z.object({ run: z.string() }), {
      method: 'POST',
      body: { workload, seed },
    });
    return answer.run;
  }

  async run(id: string): Promise<RunStatus> {
    return this.#http.call('emitter', `/runs/${encodeURIComponent(id)}`, runStatus);
  }

  /** Those that are remembered, the newest first. */
  async runs(): Promise<readonly RunStatus[]> {
    const answer = await this.#http.call('emitter', '/runs', z.object({ runs: z.array(runStatus) }));
    return answer.runs;
  }

  /** Emits no more of the run; what is in a lane stays. */
  async stopRun(id: string): Promise<void> {
    await this.#http.call('emitter', `/runs/${encodeURIComponent(id)}`, z.unknown(), { method: 'DELETE' });
  }

  /** One task for each file below `path`. Both folders are absolute. */
  async startFolder(folder: { path: string; out?: string }): Promise<{ run: string; total: number }> {
    return this.#http.call('emitter', '/folders', z.object({ run: z.string(), total: z.number() }), {
      method: 'POST',
      body: folder,
      timeoutMs: SUBMIT_TIMEOUT_MS,
    });
  }

  /** Submits tasks as their authors wrote them: the emitter checks them. */
  async submit(tasks: readonly unknown[]): Promise<Submitted> {
    return this.#http.call('emitter', '/tasks', submitted, {
      method: 'POST',
      body: tasks,
      timeoutMs: SUBMIT_TIMEOUT_MS,
    });
  }
}
