import { referenceReward } from '#autoscaler/env/reference-reward.ts';
import type { FarmConfig } from '#shared/config.ts';
import { findFarm } from '../../local/farm-record.ts';
import { ensureFarm } from '../../local/launcher.ts';
import { stopFarm } from '../../local/stop-farm.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { FolderOptions } from '../experiment/run-folder.ts';
import { pageOf, speakTo } from '../farm/connect.ts';
import type { FarmHttp } from '../farm/http.ts';
import { openPage } from '../farm/open-page.ts';
import { interruptedCode } from '../interrupted.ts';
import type { Output } from '../output.ts';
import { failureOf, renderLetters } from '../render/letters.ts';
import { renderEvaluation } from '../render/evaluation.ts';
import { executeRun, type ExecutedRun } from './execute.ts';
import type { RunPlan } from './plan.ts';
import { RunReport } from './run-report.ts';
import { isClean, renderSummary } from './summary.ts';

export interface RunOnFarmOptions {
  readonly plan: RunPlan;
  readonly output: Output;
  /** False: a farm of its own stays up after the run, until the signal. */
  readonly once: boolean;
  /** Opens the page where there is a desktop. */
  readonly open: boolean;
  readonly patienceS: number;
  readonly config: FarmConfig;
  readonly folder: FolderOptions;
}

/**
 * Runs a plan on the farm that is up, or on one of its own that ends with it, however it ends.
 * @returns how the run ended; an interruption after its end changes nothing about that
 */
export async function runOnFarm(cli: Cli, options: RunOnFarmOptions): Promise<ExitCode> {
  const { output, once } = options;
  const report = new RunReport(cli, options);
  const { farm, started } = await ensureFarm({ ...cli, tied: true, onStep: (step) => output.say(`${step} ...`) });
  const http = speakTo(farm);
  try {
    output.say(started ? `The farm is up at ${farm.url}` : `Joins the farm that is up at ${farm.url}`);
    output.say(`Page: ${pageOf(farm.url)}`);
    if (options.open) openPage(pageOf(farm.url), cli.environment);
    const last = await runEpisodes(http, { ...options, cli, report, isUp: () => findFarm(farm.state) !== null });
    report.end(last.end.kind);
    sayAll(report, options, http);
    if (!started && last.end.kind === 'done') {
      output.remark("The autoscaler goes on with this policy; 'farmhand scale auto' goes back to farm.yml's.");
    }
    if (started && !once && last.end.kind === 'done') await stayUp(cli, output);
    return last.end.kind === 'interrupted' ? interruptedCode(cli.signal) : exitCodeOf(report.episodes);
  } finally {
    await http.close();
    if (started) {
      await stopFarm(cli);
      output.remark('The farm is down.');
    }
  }
}

/** One episode after the other, until one does not come to its end. Returns the last one. */
async function runEpisodes(
  http: FarmHttp,
  options: RunOnFarmOptions & { cli: Cli; report: RunReport; isUp: () => boolean },
): Promise<ExecutedRun> {
  const { plan, report, config, cli, output } = options;
  const reward = referenceReward(config.reward);
  for (const [index, seed] of plan.seeds.entries()) {
    const executed = await executeRun(http, { ...options, ...cli, seed, reward, output });
    report.add(executed);
    say(executed, options);
    if (executed.end.kind !== 'done' || index === plan.seeds.length - 1) return executed;
  }
  throw new RangeError('a plan without seeds');
}

function say({ summary, letters, end }: ExecutedRun, { plan, output }: RunOnFarmOptions): void {
  if (end.kind === 'stalled') output.remark(`The run was given up: ${end.because}`);
  if (end.kind === 'interrupted') output.remark('The run was interrupted; this is what it did until then.');
  output.say(['', ...renderSummary(summary), ''].join('\n'));
  const pictures = plan.source.kind === 'folder';
  if (pictures && letters.length > 0) output.say(['Without a result:', ...renderLetters(letters), ''].join('\n'));
}

function sayAll(report: RunReport, { plan, output }: RunOnFarmOptions, { url }: FarmHttp): void {
  const { episodes, directory, results, means } = report;
  if (episodes.length > 1) output.say([...renderEvaluation(report.title, results, means), ''].join('\n'));
  output.say(`Page: ${pageOf(url)}`);
  output.say(`Written: ${directory}`);
  const objects = episodes.map(({ summary, letters }) =>
    plan.source.kind === 'folder' ? { ...summary, failed: letters.map(failureOf) } : summary,
  );
  output.result(plan.seeds.length === 1 ? { ...objects[0], directory } : { episodes: objects, means, directory });
}

async function stayUp(cli: Cli, output: Output): Promise<void> {
  output.say('The farm stays up until Ctrl-C.');
  while (!cli.signal.aborted) await cli.clock.sleep(3_600_000, cli.signal);
}

function exitCodeOf(episodes: readonly ExecutedRun[]): ExitCode {
  return episodes.every(({ end, summary }) => end.kind === 'done' && isClean(summary)) ? EXIT.ok : EXIT.workFailed;
}
