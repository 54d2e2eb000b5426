import { aggregateMetrics, episodeMetrics } from '#autoscaler/run/record/episode-metrics.ts';
import { stepsTable } from '#autoscaler/run/record/steps-table.ts';
import type { Cli } from '../cli.ts';
import {
  episodeResult,
  episodeSpreads,
  type EpisodeResult,
  type EpisodeSpreads,
} from '../experiment/episode-result.ts';
import { beginRun, type FolderOptions, type OpenRun } from '../experiment/run-folder.ts';
import type { ExecutedRun } from './execute.ts';
import type { RunPlan } from './plan.ts';

/** A run's folder and what is in it so far: written anew after each episode, so that an interruption costs none. */
export class RunReport {
  readonly title: string;
  readonly #run: OpenRun;
  readonly #episodes: ExecutedRun[] = [];

  /** @throws USAGE for a folder that cannot be made */
  constructor(cli: Cli, { plan, folder }: { plan: RunPlan; folder: FolderOptions }) {
    const { source, policy, episode, seeds } = plan;
    const what =
      source.kind === 'workload' ? { workload: source.workload } : { images: source.path, out: source.out ?? null };
    this.#run = beginRun(cli, folder, { kind: 'run', settings: { ...what, policy, control: episode, seeds } });
    this.title = `${policy} on ${source.kind === 'workload' ? source.workload.name : source.path}, ${seeds.length} episodes`;
  }

  /** Absolute. */
  get directory(): string {
    return this.#run.directory.path;
  }

  get episodes(): readonly ExecutedRun[] {
    return this.#episodes;
  }

  get results(): EpisodeResult[] {
    return this.#episodes.map(({ record }) => episodeResult(record.summary));
  }

  /** @throws RangeError before the first episode */
  get means(): EpisodeSpreads {
    return episodeSpreads(this.#episodes.map(({ record }) => record.summary));
  }

  add(executed: ExecutedRun): void {
    this.#episodes.push(executed);
    const { directory } = this.#run;
    const records = this.#episodes.map(({ record }) => record);
    directory.writeJson('evaluation_metrics.json', {
      ...aggregateMetrics(records.map(({ summary }) => summary)),
      episodes: this.#episodes.map(({ summary, record }, index) => ({
        episode: index + 1,
        run: summary.run,
        ...episodeMetrics(record.summary),
        qos_by_quartile: record.summary.qosByQuartile,
      })),
    });
    directory.write('steps.csv', stepsTable(records));
  }

  /** @param how done, stalled or interrupted */
  end(how: string): void {
    this.#run.end(how);
  }
}
