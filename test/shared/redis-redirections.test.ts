import { silentLogger } from '#shared/log.ts';
import { Redirections } from '#shared/redis-redirections.ts';
import { parseRedisUrl, type RedisHost } from '#shared/redis-url.ts';
import { describe, expect, it } from 'vitest';

function redirections(url = 'redis://start:1'): { it: Redirections; aimedAt: RedisHost[]; warnings: string[] } {
  const aimedAt: RedisHost[] = [];
  const warnings: string[] = [];
  const log = { ...silentLogger, warn: ({ error }: Record<string, unknown>) => void warnings.push(String(error)) };
  const made = new Redirections({ target: parseRedisUrl(url), log, aim: (address) => void aimedAt.push(address) });
  return { it: made, aimedAt, warnings };
}

describe('what a server answers', () => {
  it.each([
    ["READONLY You can't write against a read only replica.", 2],
    ["READONLY You can't write against a read only replica. script: 1f17, on @user_script:1.", 2],
    ['UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)', 2],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 2],
    ['LOADING Redis is loading the dataset in memory', 2],
    ['NOREPLICAS Not enough good replicas to write.', 2],
    ['CLUSTERDOWN The cluster is down', 2],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 2],
    ['ASK 3999 10.0.0.2:6381', 2],
    ['MOVED 3999 10.0.0.2:6381', 2],
    ['NOSCRIPT No matching script.', false],
    ["OOM command not allowed when used memory > 'maxmemory'.", false],
    ['BUSY Redis is busy running a script.', false],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', false],
    ['ERR a task named READONLY', false],
  ])('%s: %s', (message, verdict) => {
    expect(redirections().it.follow(new Error(message))).toBe(verdict);
  });
});

it('a cluster node sends us to another, and we come back to the start when that one does not answer', () => {
  const { it: made, aimedAt } = redirections();
  made.follow(new Error('MOVED 3999 10.0.0.2:6381'));
  expect(aimedAt).toEqual([{ host: '10.0.0.2', port: 6381 }]);
  expect(made.pauseMs(1)).toBe(100);
  expect(aimedAt).toHaveLength(1);
  made.pauseMs(2);
  expect(aimedAt.at(-1)).toEqual({ host: 'start', port: 1 });
  made.follow(new Error('MOVED 3999 :7'));
  expect(aimedAt.at(-1)).toEqual({ host: 'start', port: 7 });
});

it('Sentinel says where to go, so the address is left alone', () => {
  const { it: made, aimedAt } = redirections('redis+sentinel://one,two/farm');
  made.pauseMs(5);
  expect(aimedAt).toEqual([]);
});

it('waits longer and longer for a server that is away, and half a second after a refusal', () => {
  const { it: made } = redirections();
  expect([1, 2, 3, 4, 5, 50].map((attempt) => made.pauseMs(attempt))).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  made.follow(new Error('READONLY'));
  expect([made.pauseMs(1), made.pauseMs(1)]).toEqual([500, 100]);
});

it('says so less and less often while it lasts', () => {
  const { it: made, warnings } = redirections();
  for (let refusal = 0; refusal < 100; refusal += 1) made.follow(new Error('NOREPLICAS'));
  expect(warnings).toHaveLength(7);
});
