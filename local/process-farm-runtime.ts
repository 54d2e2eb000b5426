import type { Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { assemble } from '../scripts/assemble.ts';
import type { FarmSettings } from './farm-settings.ts';
import { isLoopback } from './gateway/http/listener.ts';
import { imageBasename, type LaunchTable } from './gateway/launch.ts';
import { processRuntime } from './gateway/replica/process-runtime.ts';
import type { FarmRuntime } from './runtime.ts';
import { smallProcess } from './small-process.ts';

/** Replicas as processes of this machine, in build/<fn>, which it lays out. */
export function openProcessRuntime(options: {
  settings: FarmSettings;
  environment: Environment;
  clock: Clock;
}): FarmRuntime {
  const { settings, environment, clock } = options;
  const { config, overrides } = settings;
  // Who holds the token of a farm that only this machine can reach is its owner, who may read these files anyway.
  const everywhere = JSON.stringify(['/']);
  const roots = isLoopback(config.local.host)
    ? { FARM_EMITTER_IMAGEROOTS: everywhere, FARM_COLLECTOR_OUTPUTROOTS: everywhere }
    : {};
  return {
    replicas: processRuntime({ launch: launchTable(settings), environment, clock }),
    variables: { ...roots, ...overrides },
    reach: async (url) => url,
    stop: async () => undefined,
  };
}

/** How the replicas of each image are run from build/<fn>. */
function launchTable({ root, state, deployments }: FarmSettings): LaunchTable {
  const folders = new Map(assemble({ root }).map(({ fn, folder }) => [fn, folder]));
  return Object.fromEntries(
    deployments.flatMap(({ service, image }) => {
      const cwd = folders.get(service);
      if (cwd === undefined) return [];
      const launch = {
        command: process.execPath,
        args: [...smallProcess.flags, 'index.ts'],
        cwd,
        env: { ...smallProcess.environment, NODE_COMPILE_CACHE: state.compileCache },
      };
      return [[imageBasename(image), launch]];
    }),
  );
}
