import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { processEnvironment } from '#shared/config.ts';
import { farmhand } from './support/command-line.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'farmhand-test-errors-'));
  writeFileSync(join(folder, 'malformed.yml'), 'control: [\n');
  writeFileSync(join(folder, 'wrong.yml'), 'control:\n  minWorkers: 50\n  polcy: x\n');
  writeFileSync(join(folder, 'workload.yml'), 'name: x\narrivals: 3\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What no user should meet, and must understand when he does. */
const mistakes: readonly (readonly [args: string, environment?: Record<string, string>])[] = [
  ['rnu'],
  ['run --wrkload quick'],
  ['run'],
  ['run -w nope -p reactive-average'],
  ['run -w quick -p nope'],
  ['run -w quick -p static-40'],
  ['run -w quick --seed x'],
  ['run -w quick --stall-timeout 0'],
  ['run -w <folder>/workload.yml'],
  ['run --images nope'],
  ['scale'],
  ['scale 0'],
  ['scale 33'],
  ['scale x'],
  ['scale -1'],
  ['scale 8 9'],
  ['submit'],
  ['submit nope.jpg'],
  ['results --limit 0'],
  ['dead-letters lst'],
  ['dead-letters retry'],
  ['dead-letters discard --all some-id'],
  ['logs'],
  ['logs worker --since yesterday'],
  ['calibrate --sizes 512,x'],
  ['calibrate --sizes 512'],
  ['status'],
  ['results'],
  ['logs worker'],
  ['up', { FARM_FILE: 'malformed.yml' }],
  ['up', { FARM_FILE: 'wrong.yml' }],
  ['up', { FARM_FILE: 'missing.yml' }],
  ['up', { FARM_CONTROL_POLCY: 'x' }],
  ['up', { REDIS_URL: 'nonsense' }],
  ['up', { REDIS_URL: 'redis://127.0.0.1:1' }],
  ['run -w quick', { FARM_FILE: 'wrong.yml' }],
  ['up', { FARM_STATE_DIR: '/dev/null' }],
];

describe('a mistake is answered by one line and an exit code', () => {
  it('whatever it is', async () => {
    const shown: string[] = [];
    for (const [args, environment = {}] of mistakes) {
      const file = environment['FARM_FILE'];
      const { exitCode, out, err } = await farmhand(args.replace('<folder>', folder).split(' '), {
        cwd: folder,
        environment: {
          FARM_STATE_DIR: join(folder, 'state'),
          ...environment,
          ...(file !== undefined && { FARM_FILE: join(folder, file) }),
        },
      });
      expect(err.endsWith('\n'), args).toBe(true);
      expect(err, args).not.toMatch(/\n {4}at /);
      const named = Object.entries(environment).map(([name, value]) => `${name}=${value} `);
      shown.push(
        `$ ${named.join('')}farmhand ${args}`,
        ...(out === '' ? [] : [out.trimEnd()]),
        err.trimEnd(),
        `exit ${exitCode}`,
        '',
      );
    }
    await expect(shown.join('\n').replaceAll(folder, '<folder>')).toMatchFileSnapshot('../golden/cli/errors.txt');
  });

  it('with --json also as the last line of stdout', async () => {
    const { exitCode, out } = await farmhand(['scale', '33', '--json']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'USAGE' } });
  });

  it('with --debug with its stack', async () => {
    const { err } = await farmhand(['scale', '33', '--debug']);
    expect(err).toMatch(/\n {4}at /);
  });
});

describe('a farm that cannot start says why', () => {
  const state = (): string => join(folder, 'state');

  it('a port in use', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const { exitCode, err } = await farmhand(['up'], {
      environment: { PATH: processEnvironment()['PATH'], FARM_STATE_DIR: state(), FARM_LOCAL_PORT: String(port) },
    });
    await new Promise((resolve) => taken.close(resolve));
    expect(exitCode).toBe(2);
    expect(err).toContain(`127.0.0.1:${port}`);
    expect(err).toContain('(PORT_IN_USE)');
  });

  it('a wrong password, which it does not repeat', async () => {
    const url = new URL(inject('redisUrl'));
    url.username = 'nobody';
    url.password = 'hunter2';
    const { exitCode, err } = await farmhand(['up'], {
      environment: { PATH: processEnvironment()['PATH'], FARM_STATE_DIR: state(), REDIS_URL: url.href },
    });
    expect(exitCode).toBe(3);
    expect(err).toContain('(REDIS_REFUSED)');
    expect(err).not.toContain('hunter2');
  });
});
