import type { Due } from '#shared/queue/lanes.ts';
import type { Rng } from '#shared/rng.ts';
import { deadlineFor, type DeadlineRule } from '#shared/task.ts';
import type { DrawnTasks } from '#shared/workload/draw.ts';

/** When an episode's tasks are due, and what the queue takes for their service times. Tasks are numbered in order of arrival. */
export class TaskDues {
  readonly #deadline: DeadlineRule;
  readonly #estimateError: number;
  readonly #due = { latestStart: 0, deadlineAt: 0 };
  #tasks: DrawnTasks;
  #estimates = new Float64Array(0);

  /** @param of.estimateError how far estimates may be from the real service times, as a share of these */
  constructor(of: { deadline: DeadlineRule; estimateError: number; tasks: DrawnTasks }) {
    this.#deadline = of.deadline;
    this.#estimateError = of.estimateError;
    this.#tasks = of.tasks;
  }

  begin(tasks: DrawnTasks, rng: Rng): void {
    this.#tasks = tasks;
    if (this.#estimateError > 0) this.#misjudge(rng);
  }

  /** What the queue knows of the task: its deadline, and its latest start by the estimate. Overwritten by the next call. */
  dueOf(task: number): Due {
    const serviceMs = this.#tasks.serviceMs[task] ?? 0;
    const due = this.#due;
    const expectedMs = this.#tasks.logged?.expectedMs[task] ?? serviceMs;
    due.deadlineAt = this.deadlineAt(task);
    due.latestStart =
      due.deadlineAt - (this.#estimateError === 0 ? expectedMs : expectedMs * (this.#estimates[task] ?? 1));
    return due;
  }

  /** ms from the run's start. */
  deadlineAt(task: number): number {
    const { atMs, serviceMs, logged } = this.#tasks;
    return (atMs[task] ?? 0) + (logged?.deadlineMs[task] ?? deadlineFor(serviceMs[task] ?? 0, this.#deadline));
  }

  /** Estimates are wrong by up to ± #estimateError, evenly: expected over real service time, for each task. */
  #misjudge(rng: Rng): void {
    const { count } = this.#tasks;
    if (this.#estimates.length < count) this.#estimates = new Float64Array(count);
    for (let task = 0; task < count; task += 1) {
      this.#estimates[task] = 1 + this.#estimateError * (2 * rng.float() - 1);
    }
  }
}
