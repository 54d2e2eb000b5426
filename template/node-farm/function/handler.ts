import type { FarmFunction, Host } from '#shared/farm-function.ts';

/**
 * Called once, when the process starts. A loop (pulling tasks, observing) begins here; HTTP routes stay short.
 * The host has read farm.yml and the secrets, and serves /_/health, /_/ready and /metrics already.
 */
export default async function start(host: Host): Promise<FarmFunction> {
  let stopping = false;
  host.log.info({ instance: host.instance }, 'started');

  return {
    routes(app) {
      app.get('/', () => ({ hello: host.fn }));
    },
    // Shown at /_/ready: false takes this replica out of rotation without ending it.
    ready: () => !stopping,
    // Called on SIGTERM: finish or hand back what is in hand within graceMs, then resolve.
    async stop() {
      stopping = true;
    },
  };
}
