import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { comparisonRow } from '#autoscaler/run/comparison-row.ts';
import { compare, writeComparison, type Comparison } from '#autoscaler/run/compare/compare.ts';
import { comparisonFigures } from '#autoscaler/run/compare/figures.ts';
import { readPlayed } from '#autoscaler/run/compare/played-file.ts';
import { openReusable, type Reusable } from '#autoscaler/run/compare/reuse.ts';
import { compareSettingsSchema, type CompareSettings } from '#autoscaler/run/compare/settings.ts';
import { drawFigures } from '#autoscaler/run/draw.ts';
import type { PlayedContender } from '#autoscaler/run/play/play.ts';
import { readProvenance } from '#autoscaler/run/record/provenance.ts';
import { readRunConfig } from '#autoscaler/run/record/run-config.ts';
import { runDirectoryAt } from '#autoscaler/run/record/run-directory.ts';
import type { FarmConfig } from '#shared/config.ts';
import { loadFarmSettings } from '../../local/farm-settings.ts';
import { startBar } from '../bar.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { renderComparison } from '../render/comparison.ts';
import { contenderFrom } from './play-held-out.ts';
import { readPolicyList } from './policy-list.ts';
import { beginRun, checkFolder, modelsFolder, type FolderOptions } from './run-folder.ts';
import { conditions } from './run-simulate.ts';
import { scenarioOf, type ScenarioOptions } from './scenario-options.ts';
import { threadsOf, type SeedOptions } from './seed-options.ts';
import { withEnvironments } from './with-environments.ts';

export interface CompareCommandOptions extends ScenarioOptions, SeedOptions, FolderOptions {
  readonly policies: string;
  /** Episodes of each policy whose steps are kept. */
  readonly records: number;
  readonly reuse?: string;
  readonly plotOnly?: string;
  readonly plots: boolean;
}

/** Compares policies on the same held-out seeds, and leaves a run directory with episodes, rows, steps and plots. */
export async function runCompare(cli: Cli, options: CompareCommandOptions, output: Output): Promise<ExitCode> {
  if (options.plotOnly !== undefined) return plotAgain(cli, options.plotOnly, output);
  const { config } = loadFarmSettings(cli);
  const settings = settingsOf(cli, options, config);
  const reusable = options.reuse === undefined ? null : openEarlier(cli, { folder: options.reuse, settings }, output);
  checkFolder(cli, options);
  const comparison = await play(cli, { settings, options, config, reusable }, output);
  const run = beginRun(cli, options, { kind: 'compare', settings });
  for (const stale of ['steps', 'plots']) rmSync(run.directory.file(stale), { recursive: true, force: true });
  writeComparison(run.directory, comparison);
  if (options.plots) await drawFigures(run.directory, comparisonFigures(settings, comparison.played));
  run.end('done');
  report(settings, comparison, { output, folder: run.directory.path });
  return EXIT.ok;
}

function settingsOf(cli: Cli, options: CompareCommandOptions, config: FarmConfig): CompareSettings {
  return {
    scenario: scenarioOf(options, { config, cwd: cli.cwd }),
    seed: options.seed ?? config.workload.seed,
    seeds: options.seeds,
    records: Math.min(options.records, options.seeds),
    policies: readPolicyList(options.policies).map((each) => ({ ...each, name: contenderFrom(cli, each.name) })),
  };
}

function openEarlier(
  cli: Cli,
  { folder, settings }: { folder: string; settings: CompareSettings },
  output: Output,
): Reusable {
  const provenance = readProvenance(cli.root, cli.version);
  const reusable = openReusable(runDirectoryAt(resolve(cli.cwd, folder)), { settings, provenance });
  if (reusable.differences.length > 0) {
    output.remark(`Nothing of ${folder} is reused: ${reusable.differences.join('; ')}`);
  }
  return reusable;
}

async function play(
  cli: Cli,
  parts: {
    settings: CompareSettings;
    options: CompareCommandOptions;
    config: FarmConfig;
    reusable: Reusable | null;
  },
  output: Output,
): Promise<Comparison> {
  const { settings, options, config, reusable } = parts;
  const total = settings.policies.reduce(
    (sum, { seeds }) => sum + Math.min(seeds ?? settings.seeds, settings.seeds),
    0,
  );
  const live = settings.scenario.profile === 'live';
  return withEnvironments(cli, { live, config, output }, async (environments) => {
    const bar = startBar(output, { total, unit: 'episodes' });
    let done = 0;
    try {
      return await compare(settings, {
        environments,
        reusable,
        modelsFolder: modelsFolder(cli),
        threads: threadsOf(options),
        signal: cli.signal,
        onEpisode: () => bar.update((done += 1)),
      });
    } finally {
      bar.stop();
    }
  });
}

/** Draws the figures of an earlier comparison anew, from its own files. */
async function plotAgain(cli: Cli, folder: string, output: Output): Promise<ExitCode> {
  const directory = runDirectoryAt(resolve(cli.cwd, folder));
  const { settings } = readRunConfig(directory, 'compare', compareSettingsSchema);
  const played: PlayedContender[] = readPlayed(directory);
  await drawFigures(directory, comparisonFigures(settings, played));
  report(settings, { rows: played.map(comparisonRow), played, reused: [] }, { output, folder: directory.path });
  return EXIT.ok;
}

function report(
  { scenario, seed, seeds }: CompareSettings,
  { rows, reused }: Comparison,
  { output, folder }: { output: Output; folder: string },
): void {
  const { workload, profile, dispatch, actions } = scenario;
  if (reused.length > 0) output.say(`Reused: ${reused.join(', ')}`);
  output.say(
    [
      `${workload.name}, profile ${profile}, dispatch ${dispatch}, actions ${actions}, held-out seeds from ${seed}`,
      ...renderComparison(rows),
      '',
      `Written: ${folder}`,
    ].join('\n'),
  );
  output.result({ ...conditions(scenario), seed, seeds, heldOut: true, rows, reused, directory: folder });
}
