/**
 * Ends a farm's containers in order when the farm's daemon, its parent, was killed: `janitor.ts --root <project> --grace-s <s>`. The
 * daemon ends it otherwise. Its parent's state folder is the one of the environment.
 */
import { parseArgs } from 'node:util';
import { SECOND, SystemClock } from '#shared/clock.ts';
import { processEnvironment } from '#shared/config.ts';
import { coerceError } from '#shared/errors.ts';
import { stateFolder } from '../state-folder.ts';
import { clearLeftContainers } from './clear-containers.ts';

const { values } = parseArgs({ options: { root: { type: 'string' }, 'grace-s': { type: 'string' } } });
const state = stateFolder({ root: values.root ?? process.cwd(), environment: processEnvironment() });
const graceMs = Number(values['grace-s'] ?? 0) * SECOND;

// A SIGTERM ends it, here as elsewhere: who cleans up after a killed farm sends one, and sees to the containers too.
process.once('disconnect', () => {
  clearLeftContainers(state, { clock: new SystemClock(), graceMs })
    .catch((thrown: unknown) =>
      process.stderr.write(`containers could not be removed: ${coerceError(thrown).message}\n`),
    )
    .finally(() => process.exit());
});
if (!process.connected) process.emit('disconnect');
