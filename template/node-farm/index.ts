/**
 * The function host: what runs in every function's process. of-watchdog starts it in an image, the local gateway on one
 * machine; both speak HTTP to it and end it with SIGTERM.
 */
import { processEnvironment } from '#shared/config.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import { createLogger } from '#shared/log.ts';
import { functionName, listenAddress, openHost } from './host.ts';
import { runFunction, type RunningFunction } from './run-function.ts';

const environment = processEnvironment();
const folder = import.meta.dirname;
let log = createLogger({ fn: functionName(environment, folder), level: 'info' });

// When the parent that reads our lines is gone there is nobody to tell; the tasks in hand still want their end.
process.stdout.on('error', () => undefined);
process.on('uncaughtException', (thrown) => fail(thrown, 'a defect'));
process.on('unhandledRejection', (thrown) => fail(thrown, 'a defect'));

try {
  const host = openHost(environment, folder);
  log = host.log;
  const running = runFunction(host, {
    address: listenAddress(environment),
    load: () => import('./function/handler.ts'),
    listening: (port) => process.send?.({ type: 'listening', port }, undefined, undefined, () => undefined),
  });
  stopWhenTold(running);
  await running.started;
} catch (thrown) {
  fail(thrown, 'cannot start');
}

/**
 * SIGTERM (of-watchdog, Kubernetes, the local gateway), SIGINT (Ctrl-C), SIGHUP (a closed terminal) and the loss of the
 * parent's channel all stop the function in order. The same signal once more ends it at once; a Ctrl-C that the parent
 * follows with SIGTERM does not.
 */
function stopWhenTold(running: RunningFunction): void {
  const exit = (cause: string): void => void running.stop(cause).then((inTime) => process.exit(inTime ? 0 : 1));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      process.once(signal, () => {
        log.warn({ signal }, 'stopped at once; tasks in hand go back when their leases expire');
        process.exit(1);
      });
      exit(signal);
    });
  }
  const lost = (): void => exit('the parent is gone');
  if (process.send !== undefined && !process.connected) lost(); // it went while we were loading
  process.once('disconnect', lost);
}

/** One line that says what is wrong, then the end: what restarts us decides when. */
function fail(thrown: unknown, what: string): never {
  const error = coerceError(thrown);
  if (error instanceof FarmhandError) log.error({ code: error.code }, `${what}: ${error.message}`);
  else log.error({ code: 'INTERNAL', error }, `${what}: ${error.message}`);
  process.exit(1);
}
