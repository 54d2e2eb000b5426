import type { Requirement } from '../requirement.ts';
import { demand, NotApplicable } from '../unmet.ts';
import type { Status } from '../trial.ts';

/** Deploying, reading and removing functions. */
export const deploying: readonly Requirement[] = [
  {
    name: 'deploy',
    async check(trial) {
      const service = await trial.deploy();
      await trial.ready(service);
    },
  },
  {
    name: 'metadata echoed',
    async check(trial) {
      const sent = {
        // As faas-cli sends it where none is named.
        namespace: '',
        envVars: { colour: 'blue', empty: '' },
        labels: { team: 'one', 'com.openfaas.scale.min': '1' },
        annotations: { 'example.com/note': 'two words' },
        limits: { memory: '256Mi', cpu: '500m' },
        requests: { memory: '64Mi', cpu: '50m' },
      };
      const service = await trial.deploy(sent);
      const listed = (await trial.list()).find(({ name }) => name === service);
      demand(listed !== undefined, 'the function is not in the list');
      for (const status of [await trial.status(service), listed]) {
        sameText('name', status.name, service);
        sameText('image', status.image, trial.probe.image);
        sameText('envProcess', status.envProcess, trial.probe.command({ kind: 'echo' }));
        for (const field of ['envVars', 'labels', 'annotations', 'limits', 'requests'] as const) {
          demandKept(field, status[field], sent[field]);
        }
        demand(status.namespace !== undefined && status.namespace !== '', 'namespace: missing');
      }
    },
  },
  {
    name: 'constraints echoed',
    async check(trial) {
      const constraints = ['kubernetes.io/os=linux'];
      const status = await trial.status(await trial.deploy({ constraints }));
      if (status.constraints.length === 0) throw new NotApplicable('the provider keeps no constraints');
      sameText('constraints', status.constraints.join(), constraints.join());
    },
  },
  {
    name: 'faas_function label',
    async check(trial) {
      const service = await trial.deploy();
      sameText('labels.faas_function', (await trial.status(service)).labels['faas_function'], service);
    },
  },
  {
    name: 'read',
    async check(trial) {
      const service = await trial.deployReady();
      const { name, replicas, availableReplicas } = await trial.status(service);
      sameText('name', name, service);
      demand(
        replicas === 1 && availableReplicas === 1,
        `expected 1 of 1 ready, got ${availableReplicas} of ${replicas}`,
      );
    },
  },
  {
    name: 'read not found',
    check: async (trial) => {
      const { status } = await trial.api.call(`/system/function/${trial.name()}`);
      demand(status === 404, `expected 404, got ${status}`);
    },
  },
  {
    name: 'list',
    async check(trial) {
      const [first, second] = [await trial.deploy(), await trial.deploy()];
      const names = (await trial.list()).map(({ name }) => name);
      demand(
        names.includes(first) && names.includes(second),
        `expected ${first} and ${second} among ${names.join(', ')}`,
      );
      demand(new Set(names).size === names.length, `a name is listed twice: ${names.join(', ')}`);
    },
  },
  {
    name: 'update',
    async check(trial) {
      const service = await trial.deployReady({ envVars: { colour: 'blue', gone: 'soon' } });
      const body = trial.deployment(service, { envVars: { colour: 'green' }, labels: { team: 'two' } });
      await trial.accepted('/system/functions', { method: 'PUT', body });
      await trial.until('the update is read back', trial.options.readyWithinMs, async () => {
        const { envVars, labels } = await trial.status(service);
        return envVars['colour'] === 'green' && envVars['gone'] === undefined && labels['team'] === 'two';
      });
      await trial.ready(service);
      const { status } = await trial.api.call(`/function/${service}${trial.probe.echoPath}`);
      demand(status === 200, `after the update the function answers ${status}`);
    },
  },
  {
    name: 'update not found',
    async check(trial) {
      const body = trial.deployment(trial.name(), {});
      const { status } = await trial.api.call('/system/functions', { method: 'PUT', body });
      // faas-cli deploys with PUT, and with POST where that says 404.
      demand(status === 404, `expected 404, got ${status}`);
    },
  },
  {
    name: 'delete',
    async check(trial) {
      const service = await trial.deployReady();
      await trial.accepted('/system/functions', { method: 'DELETE', body: { functionName: service } });
      await trial.until(`${service} is gone`, trial.options.readyWithinMs, async () => {
        const read = await trial.api.call(`/system/function/${service}`);
        const invoked = await trial.api.call(`/function/${service}${trial.probe.echoPath}`);
        const listed = (await trial.list()).some(({ name }) => name === service);
        return read.status === 404 && [404, 502].includes(invoked.status) && !listed;
      });
    },
  },
  {
    name: 'delete not found',
    async check(trial) {
      const body = { functionName: trial.name() };
      const { status } = await trial.api.call('/system/functions', { method: 'DELETE', body });
      demand(status === 404, `expected 404, got ${status}`);
    },
  },
];

function sameText(field: string, got: string | undefined, expected: string): void {
  demand(got === expected, `${field}: expected ${expected}, got ${got ?? 'nothing'}`);
}

/** Providers may add keys of their own, not change or lose one. */
function demandKept(field: string, got: Status['limits'], sent: Readonly<Record<string, string>>): void {
  const kept: Readonly<Record<string, string | undefined>> = got;
  for (const [key, value] of Object.entries(sent)) sameText(`${field}.${key}`, kept[key], value);
}
