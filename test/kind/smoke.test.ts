import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { projectRoot, startLocalFarm } from '../support/local-farm.ts';

/** The step by itself; what it would read from the cluster's secrets comes by its standard input. */
const STEP = `
source kind/steps/command.sh
source kind/steps/smoke.sh
GATEWAY=$1 WORKERS=function
read -r token
read -r password
secret_value() { if [[ $3 == farm-token ]]; then printf %s "$token"; else printf %s "$password"; fi; }
step "Smoke run" "" smoke_run
show_workers
gateway_info
`;

test('the smoke run of bootstrap.sh against a real farm, with a real curl', { timeout: 120_000 }, async () => {
  const farm = await startLocalFarm();
  try {
    const { url, secrets } = farm.handle;
    const step = spawn('bash', ['-Eeuo', 'pipefail', '-c', STEP, 'bash', url], { cwd: projectRoot });
    step.stdin.end(`${secrets.farmToken}\n${secrets.gatewayPassword}\n`);
    let said = '';
    for (const stream of [step.stdout, step.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => (said += part));
    const [status] = (await once(step, 'close')) as [number];
    expect(status, said).toBe(0);
    expect(said).toContain('8 of 8 tasks came out of the collector');
    expect(said).toMatch(/Workers {5}\d+ wanted, \d+ granted/);
    expect(said).toContain('"provider":"farmhand-local"');
    expect(said).not.toContain(secrets.farmToken);
  } finally {
    await farm.close();
  }
});
