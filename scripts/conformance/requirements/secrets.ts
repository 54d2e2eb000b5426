import type { Requirement } from '../requirement.ts';
import { demand } from '../unmet.ts';
import type { Trial } from '../trial.ts';

const path = '/system/secrets';

/** Secrets: values go in and only functions see them. */
export const secrets: readonly Requirement[] = [
  {
    name: 'secret: create and list',
    async check(trial) {
      const name = await trial.createSecret({ value: 'not to be told' });
      const { status, json, text } = await trial.api.call(path);
      demand(status === 200, `GET ${path}: expected 200, got ${status}`);
      demand(names(json).includes(name), `${name} is not listed`);
      demand(!text.includes('not to be told'), 'the list tells values');
    },
  },
  {
    name: 'secret: the function sees its value',
    check: async (trial) => {
      const name = await trial.createSecret({ value: 'a value\nof two lines' });
      await sees(trial, name, Buffer.from('a value\nof two lines'));
    },
  },
  {
    name: 'secret: the function sees its rawValue',
    check: async (trial) => {
      const bytes = Buffer.from([0, 255, 10, 128, 0]);
      await sees(trial, await trial.createSecret({ rawValue: bytes.toString('base64') }), bytes);
    },
  },
  {
    name: 'secret: update',
    async check(trial) {
      const name = await trial.createSecret({ value: 'old' });
      const service = await sees(trial, name, Buffer.from('old'));
      await trial.accepted(path, { method: 'PUT', body: { name, value: 'new' } });
      // A provider may show it to new replicas only.
      const body = trial.deployment(service, {
        purpose: { kind: 'secret', name },
        secrets: [name],
        envVars: { at: '2' },
      });
      await trial.accepted('/system/functions', { method: 'PUT', body });
      await trial.until('the function sees the new value', trial.options.readyWithinMs, async () => {
        const answer = await trial.api.call(`/function/${service}${trial.probe.secretPath(name)}`);
        return answer.status === 200 && answer.text.trimEnd() === 'new';
      });
    },
  },
  {
    name: 'secret: delete',
    async check(trial) {
      const name = await trial.createSecret({ value: 'short-lived' });
      await trial.accepted(path, { method: 'DELETE', body: { name } });
      await trial.until(`${name} is gone`, trial.options.readyWithinMs, async () => {
        return !names((await trial.api.call(path)).json).includes(name);
      });
    },
  },
  {
    name: 'secret: not found',
    async check(trial) {
      for (const method of ['PUT', 'DELETE']) {
        const body = { name: trial.name(), value: 'x' };
        const { status } = await trial.api.call(path, { method, body });
        demand(status === 404, `${method} of an unknown secret: expected 404, got ${status}`);
      }
    },
  },
  {
    name: 'secret: needed by a deployment',
    async check(trial) {
      const body = trial.deployment(trial.name(), { secrets: [trial.name()] });
      const { status } = await trial.api.call('/system/functions', { method: 'POST', body });
      demand(status >= 400 && status < 600, `a deployment with an unknown secret: expected an error, got ${status}`);
    },
  },
];

/** Deploys a function with the secret, and compares. @returns the function */
async function sees(trial: Trial, name: string, expected: Buffer): Promise<string> {
  const service = await trial.deployReady({ purpose: { kind: 'secret', name }, secrets: [name] });
  const { status, body } = await trial.api.call(`/function/${service}${trial.probe.secretPath(name)}`);
  demand(
    status === 200 && body.equals(expected),
    `the function sees ${status} ${JSON.stringify(body.toString('latin1'))}`,
  );
  return service;
}

function names(json: unknown): string[] {
  demand(Array.isArray(json), `GET ${path}: no list`);
  return json.map((secret: unknown) => String((secret as { name?: unknown } | null)?.name));
}
