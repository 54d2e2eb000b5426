import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../local/free-port.ts';

/** Whether Prometheus (Debian's package of this name) is there. Where it is not, tests that need it are skipped, aloud. */
export const hasPrometheus: boolean = spawnSync('prometheus', ['--version']).status === 0;

if (!hasPrometheus)
  console.warn('prometheus is not on the PATH (Debian: apt-get install prometheus); its tests are skipped');

/** A Prometheus of its own. */
export interface Prometheus extends AsyncDisposable {
  /** Values of an instant query's samples, now; none while it does not answer. */
  query(expr: string): Promise<readonly number[]>;
}

/** @param config prometheus.yml, of which JSON is a part. */
export async function startPrometheus(config: object): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-prometheus-'));
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, JSON.stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn(
    'prometheus',
    [`--config.file=${file}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${address}`],
    { stdio: 'ignore' },
  );
  const ended = once(server, 'exit');
  return {
    async query(expr) {
      try {
        const answer = await fetch(`http://${address}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`);
        const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
        return data.result.map(({ value: [, value] }) => Number(value));
      } catch {
        return []; // it is starting
      }
    },
    async [Symbol.asyncDispose]() {
      server.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
