import { resolve } from 'node:path';
import { playAll, type PlayedContender } from '#autoscaler/run/play/play.ts';
import type { Scenario } from '#autoscaler/run/scenario.ts';
import { heldOutSeed } from '#autoscaler/run/seeds.ts';
import type { FarmConfig } from '#shared/config.ts';
import { existsSync } from 'node:fs';
import { startBar } from '../bar.ts';
import type { Cli } from '../cli.ts';
import type { Output } from '../output.ts';
import { modelsFolder } from './run-folder.ts';
import { threadsOf } from './seed-options.ts';
import { withEnvironments } from './with-environments.ts';

/** Episodes of one evaluation whose steps are kept. */
const KEPT_RECORDS = 10;

export interface HeldOutPlan {
  readonly contender: string;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly seeds: number;
  readonly jobs: number | undefined;
}

/** Puts one policy or model through held-out seeds, with a bar. */
export async function playHeldOut(
  cli: Cli,
  plan: HeldOutPlan,
  { config, output }: { config: FarmConfig; output: Output },
): Promise<PlayedContender> {
  const { scenario, seed } = plan;
  const seeds = Array.from({ length: plan.seeds }, (_, index) => heldOutSeed(seed, index));
  const job = {
    contender: contenderFrom(cli, plan.contender),
    scenario,
    modelsFolder: modelsFolder(cli),
    seeds,
    records: KEPT_RECORDS,
  };
  return withEnvironments(cli, { live: scenario.profile === 'live', config, output }, async (environments) => {
    const bar = startBar(output, { total: plan.seeds, unit: 'episodes' });
    let done = 0;
    try {
      const onEpisode = (): void => bar.update((done += 1));
      const [played] = await playAll([job], { ...cli, environments, threads: threadsOf(plan), onEpisode });
      if (played === undefined) throw new Error('no episode was played');
      return played;
    } finally {
      bar.stop();
    }
  });
}

/** A path is the user's, relative to where he stands; anything else is a name. */
export function contenderFrom({ cwd }: Pick<Cli, 'cwd'>, nameOrPath: string): string {
  const path = resolve(cwd, nameOrPath);
  return nameOrPath.includes('/') || (nameOrPath !== 'best' && existsSync(path)) ? path : nameOrPath;
}
