import { z } from 'zod';
import type { Requirement } from '../requirement.ts';
import { demand, NotApplicable } from '../unmet.ts';

const info = z.looseObject({
  provider: z.looseObject({
    provider: z.string().min(1),
    orchestration: z.string().min(1),
    version: z.looseObject({ release: z.string() }),
  }),
});

const logLine = z.looseObject({
  name: z.string(),
  instance: z.string().min(1),
  timestamp: z.string().refine((text) => !Number.isNaN(Date.parse(text))),
  text: z.string(),
});

/** What the gateway tells of itself and its functions. */
export const telling: readonly Requirement[] = [
  {
    name: 'health',
    async check({ api }) {
      const { status } = await api.call('/healthz');
      demand(status === 200, `GET /healthz: expected 200, got ${status}`);
    },
  },
  {
    name: 'info',
    async check({ api }) {
      const { status, json } = await api.call('/system/info');
      demand(status === 200, `GET /system/info: expected 200, got ${status}`);
      const parsed = info.safeParse(json);
      demand(parsed.success, `GET /system/info: ${parsed.success ? '' : z.prettifyError(parsed.error)}`);
    },
  },
  {
    name: 'namespaces',
    async check(trial) {
      const { status, json } = await trial.api.call('/system/namespaces');
      demand(status === 200, `GET /system/namespaces: expected 200, got ${status}`);
      const names = z.array(z.string()).safeParse(json);
      demand(names.success && names.data.length > 0, 'GET /system/namespaces: expected a list of names, not empty');
      const { namespace } = await trial.status(await trial.deploy());
      demand(names.data.includes(namespace ?? ''), `a function's namespace, ${namespace}, is not in the list`);
    },
  },
  {
    name: 'credentials',
    async check({ api }) {
      if (!api.hasCredentials) throw new NotApplicable('no credentials were given');
      const paths = ['/system/functions', '/system/info', '/system/secrets', '/system/namespaces'];
      for (const path of paths) {
        const { status } = await api.call(path, { authorised: false });
        demand(status === 401, `GET ${path} without credentials: expected 401, got ${status}`);
      }
    },
  },
  {
    name: 'logs',
    async check(trial) {
      const { api, probe } = trial;
      const marker = `said by ${trial.name()}`;
      const service = await trial.deployReady();
      const path = probe.sayPath(marker);
      await api.call(`/function/${service}${path ?? probe.echoPath}`);
      let lines: string[] = [];
      await trial.until('the log has the line', trial.options.readyWithinMs, async () => {
        const { status, text } = await api.call(`/system/logs?name=${service}&since=${new Date(0).toISOString()}`);
        demand(status === 200, `GET /system/logs: expected 200, got ${status}`);
        lines = text.split('\n').filter((line) => line !== '');
        return lines.some((line) => path === null || line.includes(marker));
      });
      for (const line of lines) {
        const parsed = logLine.safeParse(parseLine(line));
        demand(parsed.success && parsed.data.name === service, `no log message of ${service}: ${line.slice(0, 200)}`);
      }
    },
  },
  {
    name: 'logs: tail',
    async check(trial) {
      const service = await trial.deployReady();
      for (const text of ['one', 'two', 'three']) {
        await trial.api.call(`/function/${service}${trial.probe.sayPath(text) ?? trial.probe.echoPath}`);
      }
      await trial.until('the last line alone', trial.options.readyWithinMs, async () => {
        const { text } = await trial.api.call(`/system/logs?name=${service}&tail=1`);
        const lines = text.split('\n').filter((line) => line !== '');
        return lines.length === 1 && (trial.probe.sayPath('') === null || text.includes('three'));
      });
    },
  },
];

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
