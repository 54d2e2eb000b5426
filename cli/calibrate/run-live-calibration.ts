import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { calibrateLive, fullLivePlan, quickLivePlan } from '#autoscaler/run/calibrate-live/calibrate-live.ts';
import type { LiveCalibration } from '#autoscaler/run/calibrate-live/live-calibration.ts';
import { readProvenance } from '#autoscaler/run/record/provenance.ts';
import { FarmhandError } from '#shared/errors.ts';
import { silentLogger } from '#shared/log.ts';
import { loadFarmSettings } from '../../local/farm-settings.ts';
import { ensureFarm } from '../../local/launcher.ts';
import { stateFolder } from '../../local/state-folder.ts';
import { stopFarm } from '../../local/stop-farm.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { accessTo } from '../farm/farm-access.ts';
import type { Output } from '../output.ts';
import { renderLiveCalibration } from '../render/live-calibration.ts';
import type { CalibrateOptions } from './run-calibration.ts';

/** Options of a calibration that say nothing to a live one. */
const otherOptions = ['sizes', 'trials', 'seed', 'apply'] as const;

/** Measures a farm of its own, which is gone afterwards, and writes its timing profile. @throws Interrupted, USAGE */
export async function runLiveCalibration(cli: Cli, options: CalibrateOptions, output: Output): Promise<ExitCode> {
  for (const name of otherOptions) {
    if (options[name] !== undefined) throw new FarmhandError('USAGE', `--${name} is not for --live`);
  }
  const calibration = await measureOwnFarm(cli, options, output);
  const folder = options.out === undefined ? join(stateFolder(cli).path, 'calibration') : resolve(cli.cwd, options.out);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'timing_profile.json');
  writeFileSync(file, `${JSON.stringify(calibration.profile, null, 2)}\n`);
  output.say(['', ...renderLiveCalibration(calibration), '', `Written: ${file}`].join('\n'));
  output.result({ ...calibration, file });
  return EXIT.ok;
}

async function measureOwnFarm(cli: Cli, { quick }: CalibrateOptions, output: Output): Promise<LiveCalibration> {
  const { root, clock, signal } = cli;
  const state = mkdtempSync(join(tmpdir(), 'farmhand-calibrate-'));
  const environment = {
    ...cli.environment,
    FARM_STATE_DIR: state,
    FARM_LOCAL_PORT: '0',
    FARM_FARM: `calibrate-${process.pid}`,
  };
  const onStep = (step: string): void => output.say(`${step} ...`);
  onStep('starts a farm of its own');
  try {
    const { farm } = await ensureFarm({ root, environment, tied: true, clock, signal });
    const access = accessTo(farm);
    try {
      return await calibrateLive({
        farm: access,
        config: loadFarmSettings({ root, environment }).config,
        plan: quick === true ? quickLivePlan : fullLivePlan,
        provenance: readProvenance(root, cli.version),
        command: `farmhand calibrate --live${quick === true ? ' --quick' : ''}`,
        log: silentLogger,
        ...{ clock, signal, onStep },
      });
    } finally {
      await access.functions.close();
    }
  } finally {
    await stopFarm({ root, environment, clock });
    rmSync(state, { recursive: true, force: true });
  }
}
