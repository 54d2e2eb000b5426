import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemClock } from '#shared/clock.ts';
import { processEnvironment } from '#shared/config.ts';
import { assemble } from '../../scripts/assemble.ts';
import { startProbedGateway, type ProbedGateway } from '../../scripts/conformance/local-gateway.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { findTool, runTool, type ToolRun } from './support/real-tool.ts';

const root = join(import.meta.dirname, '../..');
const faasCli = findTool('faas-cli');

/** Path → bytes of every file below `folder`. */
function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path, 'latin1')]));
}

/** The files that git tracks or would, copied: faas-cli writes where it runs. */
function copyOfProject(): string {
  const copy = temporaryFolder();
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  const needed = /^(stack\.yml|farm\.yml|(template|functions|autoscaler|shared|models)\/)/;
  for (const path of listed
    .toString()
    .split('\0')
    .filter((path) => needed.test(path))) {
    cpSync(join(root, path), join(copy, path), { recursive: true, force: true });
  }
  return copy;
}

describe.skipIf(faasCli === null)('faas-cli', { timeout: 120_000 }, () => {
  test('`build --shrinkwrap` lays out what scripts/assemble does, byte for byte', async () => {
    const copy = copyOfProject();
    const { status, output } = await runTool(faasCli!, ['build', '--shrinkwrap', '-f', 'stack.yml'], { cwd: copy });
    expect(status, output).toBe(0);
    const ours = join(copy, 'ours');
    for (const { fn, folder } of assemble({ root: copy, out: ours })) {
      expect(contents(join(copy, 'build', fn)), fn).toEqual(contents(folder));
    }
  });

  describe('against the gateway of one machine', () => {
    let gateway: ProbedGateway;
    let folder: string;
    const run = async (command: string, input?: string): Promise<ToolRun> =>
      await runTool(faasCli!, command.split(' '), {
        cwd: folder,
        env: { OPENFAAS_URL: gateway.url, OPENFAAS_CONFIG: join(folder, 'config') },
        ...(input === undefined ? {} : { input }),
      });

    beforeAll(async () => {
      gateway = await startProbedGateway({ root, environment: processEnvironment(), clock: new SystemClock() });
      folder = mkdtempSync(join(tmpdir(), 'farmhand-test-'));
      cpSync(join(root, 'template'), join(folder, 'template'), { recursive: true });
      writeFileSync(
        join(folder, 'stack.yml'),
        `version: 1.0
provider: { name: openfaas, gateway: '${gateway.url}' }
functions:
  tried:
    lang: node-farm
    handler: ${relative(folder, dirname(join(root, 'scripts/conformance/probe/handler.ts')))}
    image: ${gateway.image}
    # There is no Docker in this test: npm run images has one.
    skip_build: true
    labels: { team: one, com.openfaas.scale.min: '2' }
    environment: { COLOUR: blue }
    secrets: [tried-secret]
`,
      );
    });
    afterAll(async () => {
      await gateway.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test.each([
      { command: 'login --username admin --password-stdin', stdin: 'password', says: 'credentials saved for admin' },
      { command: 'secret create tried-secret', stdin: 'a value', says: 'Created: 202' },
      { command: 'secret list', says: 'tried-secret' },
      { command: 'deploy -f stack.yml', says: 'Deployed. 202' },
      { command: 'list', says: /tried\s+0\s+2/ },
      { command: 'describe tried', says: /Replicas:\s+2/ },
      { command: 'invoke tried', stdin: '{"asked":1}', says: '"asked":1' },
      { command: 'logs tried --tail=false', says: 'serving' },
      { command: 'secret update tried-secret', stdin: 'another', says: 'Updated: 202' },
      { command: 'up -f stack.yml --skip-push', says: 'Deployed. 202' },
      { command: 'namespaces', says: 'openfaas-fn' },
      { command: 'version', says: 'farmhand-local' },
      { command: 'remove tried', says: 'Removing old function' },
      { command: 'secret remove tried-secret', says: /Removed|OK|202/ },
    ])('$command', async ({ command, stdin, says }) => {
      const input = stdin === 'password' ? gateway.credentials.password : stdin;
      const { status, output } = await run(command, input);
      expect(status, output).toBe(0);
      expect(output).toMatch(says);
      if (command.startsWith('deploy')) {
        await until('both replicas are ready', async () =>
          /Available replicas:\s+2/.test((await run('describe tried')).output),
        );
      }
    });
  });
});
