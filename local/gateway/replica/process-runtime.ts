import type { Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { launchFor, type LaunchTable } from '../launch.ts';
import { processEnvironmentOf, replicaVariables } from './environment.ts';
import type { ReplicaRuntime } from './replica-child.ts';
import { ReplicaProcess } from './replica-process.ts';

/**
 * Replicas as processes beside the gateway.
 * @param options.environment the gateway's own, of which replicas get only PATH, HOME, locale, time zone and temporary folder
 */
export function processRuntime(options: {
  launch: LaunchTable;
  environment: Environment;
  clock: Clock;
}): ReplicaRuntime {
  const { launch: table, environment: own, clock } = options;
  return {
    orchestration: 'processes',
    prepare(deployment) {
      const launch = launchFor(deployment.image, table);
      return ({ onLine, ...replica }) => {
        const environment = processEnvironmentOf(own, launch, replicaVariables(deployment, replica));
        return new ReplicaProcess({ launch, environment, onLine, clock });
      };
    },
  };
}
