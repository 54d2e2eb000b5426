import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLocalFarm, type LocalFarm } from '../support/local-farm.ts';

let farm: LocalFarm;
beforeAll(async () => {
  farm = await startLocalFarm();
}, 120_000);
afterAll(() => farm.close());

/** The README's indented commands from the line that begins so, up to the next line of prose. */
function commands(first: string): string {
  const lines = readFileSync('README.md', 'utf8').split('\n');
  const from = lines.findIndex((line) => line.startsWith(`    ${first}`));
  const length = lines.slice(from).findIndex((line) => !line.startsWith('    '));
  return lines.slice(from, from + length).join('\n');
}

test('the README’s curl commands train, promote, switch and run', { timeout: 120_000 }, async () => {
  const script = commands('FN=http')
    .replace('http://127.0.0.1:8080', farm.handle.url)
    .replace('"episodes": 200', '"episodes": 3, "evalEpisodes": 2, "finalEpisodes": 2');
  expect(script).toContain(farm.handle.url);
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    env: { ...farm.environment, TOKEN: farm.handle.secrets.farmToken },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => shell.on('close', resolve));
  const [said, complaints] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
  expect([await ended, complaints]).toEqual([0, '']);
  expect(said).toMatch(/event: end\ndata: .*"state":"done"/);
  expect(said).toContain('"promoted":true');
  expect(said).toMatch(/"live":\{"name":"sarsa-quick"/);
  expect(said).toMatch(/"run":"quick-\w+"/);
  expect(said).toMatch(/"policy":"sarsa-quick"/);
});
