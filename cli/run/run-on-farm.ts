import { findFarm } from '../../local/farm-record.ts';
import { ensureFarm } from '../../local/launcher.ts';
import { stopFarm } from '../../local/stop-farm.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { pageOf, speakTo } from '../farm/connect.ts';
import type { FarmHttp } from '../farm/http.ts';
import { interruptedCode } from '../interrupted.ts';
import type { Output } from '../output.ts';
import { failureOf, renderLetters } from '../render/letters.ts';
import { executeRun, type ExecutedRun } from './execute.ts';
import type { RunPlan } from './plan.ts';
import { isClean, renderSummary } from './summary.ts';

export interface RunOnFarmOptions {
  readonly plan: RunPlan;
  readonly output: Output;
  /** False: a farm of its own stays up after the run, until the signal. */
  readonly once: boolean;
  readonly patienceS: number;
}

/**
 * Runs a plan on the farm that is up, or on one of its own that ends with it, however it ends.
 * @returns how the run ended; an interruption after its end changes nothing about that
 */
export async function runOnFarm(cli: Cli, options: RunOnFarmOptions): Promise<ExitCode> {
  const { output, once } = options;
  const { farm, started } = await ensureFarm({ ...cli, tied: true, onStep: (step) => output.say(`${step} ...`) });
  const http = speakTo(farm);
  try {
    output.say(started ? `The farm is up at ${farm.url}` : `Joins the farm that is up at ${farm.url}`);
    output.say(`Page: ${pageOf(farm.url)}`);
    const executed = await executeRun(http, {
      ...options,
      clock: cli.clock,
      signal: cli.signal,
      isUp: () => findFarm(farm.state) !== null,
    });
    report(executed, options, http);
    if (!started && executed.end.kind === 'done') {
      output.remark("The autoscaler goes on with this policy; 'farmhand scale auto' goes back to farm.yml's.");
    }
    if (started && !once && executed.end.kind === 'done') await stayUp(cli, output);
    return executed.end.kind === 'interrupted' ? interruptedCode(cli.signal) : exitCodeOf(executed);
  } finally {
    await http.close();
    if (started) {
      await stopFarm(cli);
      output.remark('The farm is down.');
    }
  }
}

function report({ summary, letters, end }: ExecutedRun, { plan, output }: RunOnFarmOptions, { url }: FarmHttp): void {
  if (end.kind === 'stalled') output.remark(`The run was given up: ${end.because}`);
  if (end.kind === 'interrupted') output.remark('The run was interrupted; this is what it did until then.');
  output.say(['', ...renderSummary(summary), ''].join('\n'));
  const pictures = plan.source.kind === 'folder';
  if (pictures && letters.length > 0) output.say(['Without a result:', ...renderLetters(letters), ''].join('\n'));
  output.say(`Page: ${pageOf(url)}`);
  output.result(pictures ? { ...summary, failed: letters.map(failureOf) } : summary);
}

async function stayUp(cli: Cli, output: Output): Promise<void> {
  output.say('The farm stays up until Ctrl-C.');
  while (!cli.signal.aborted) await cli.clock.sleep(3_600_000, cli.signal);
}

function exitCodeOf({ end, summary }: ExecutedRun): ExitCode {
  return end.kind === 'done' && isClean(summary) ? EXIT.ok : EXIT.workFailed;
}
