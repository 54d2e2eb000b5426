import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findRedis, probeRedis } from '../../../local/redis/redis-program.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A program that says `version` when it is asked. */
function fakeServer(name: string, version: string): { folder: string; command: string } {
  const folder = temporaryFolder();
  const command = join(folder, name);
  writeFileSync(command, `#!/bin/sh\necho '${version}'\n`);
  chmodSync(command, 0o755);
  return { folder, command };
}

describe('findRedis', () => {
  it.each([
    ['redis-server', 'Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1', '7.0.15'],
    ['redis-server', 'Redis server v=10.2.0 sha=0', '10.2.0'],
    ['valkey-server', 'Valkey server v=8.1.1 sha=00000000:1', '8.1.1'],
  ])('takes %s from the PATH that says %s', async (name, says, version) => {
    const { folder, command } = fakeServer(name, says);
    const { program, rejected } = await findRedis(`relative/folder::${folder}`);
    expect(program).toEqual({ command, version, env: {} });
    expect(rejected).toEqual([]);
  });

  it('passes over a server that is too old, and says so', async () => {
    const { folder, command } = fakeServer('redis-server', 'Redis server v=6.0.16 sha=0');
    const { rejected, program } = await findRedis(folder);
    expect(rejected).toEqual([`${command} is Redis 6.0.16; 7.0 or newer is needed`]);
    expect(program?.command).not.toBe(command);
  });
});

describe('probeRedis', () => {
  it('refuses a program that is no server', async () => {
    const { command } = fakeServer('redis-server', 'hello');
    expect(await probeRedis(command)).toBe(`${command} is not a Redis server: it calls itself "hello"`);
  });

  it('refuses a program that does not run', async () => {
    const { command } = fakeServer('redis-server', "'; exit 3 #");
    expect(await probeRedis(command)).toMatch(/does not run/);
    expect(await probeRedis('/nowhere/redis-server')).toMatch(/does not run.*ENOENT/);
  });
});
