import { redisScript } from '#shared/redis-script.ts';

/**
 * Each change of a run is one script, and what only the executor may do asks whether it still is: the lease names it and the
 * run is the current one. So a process that hung, and lost the lease meanwhile, writes nothing. Moments are Redis TIME.
 */

const NOW = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
`;

/** KEYS: lease, current, … ARGV: holder, id, … Returns 0 where the run is not the caller's. */
const OWN = `
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] or redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
`;

/** Changes that are kept: whoever watches reads on within a second, and of each run the state of then. */
const MOST_CHANGES = 1_000;

/** Says that a run has changed, to whoever watches in whichever process. The numbers are those of `changes` in KEYS and of the id in ARGV. */
const changed = (changes: number, id: number): string =>
  `redis.call('XADD', KEYS[${changes}], 'MAXLEN', '~', ${MOST_CHANGES}, '*', 'run', ARGV[${id}])`;

/** KEYS: run, order, queue, changes. ARGV: id, most that may wait, then fields and values. Returns 1, or 0 where too many wait. */
export const ADD = redisScript(`${NOW}
if redis.call('LLEN', KEYS[3]) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'state', 'queued', 'createdAt', now, unpack(ARGV, 3))
redis.call('LPUSH', KEYS[2], ARGV[1])
redis.call('RPUSH', KEYS[3], ARGV[1])
${changed(4, 1)}
return 1`);

/** KEYS: lease, current, queue. ARGV: holder. Returns the id of the run to be done next, the one left behind first; or nil. */
export const TAKE = redisScript(`
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return false end
local left = redis.call('GET', KEYS[2])
if left then return left end
local id = redis.call('LPOP', KEYS[3])
if id then redis.call('SET', KEYS[2], id) end
return id`);

/** KEYS: lease, current, run, changes. ARGV: holder, id. Returns how often the run has begun, this time included; 0: not the caller's. */
export const BEGIN = redisScript(`${NOW}${OWN}
redis.call('HSET', KEYS[3], 'state', 'running', 'holder', ARGV[1])
redis.call('HSETNX', KEYS[3], 'startedAt', now)
${changed(4, 2)}
return redis.call('HINCRBY', KEYS[3], 'attempts', 1)`);

/** KEYS: lease, current, run, events, changes. ARGV: holder, id, done, total, most events, then each event's JSON. */
export const PROGRESS = redisScript(`${OWN}
redis.call('HSET', KEYS[3], 'done', ARGV[3], 'total', ARGV[4])
for i = 6, #ARGV do redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[5], '*', 'kind', 'progress', 'data', ARGV[i]) end
${changed(5, 2)}
return 1`);

/** KEYS: lease, current, checkpoint. ARGV: holder, id, then files and their bytes. */
export const SAVE = redisScript(`${OWN}
redis.call('DEL', KEYS[3])
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1]) end
return 1`);

/** KEYS: lease, current, run, events, checkpoint, changes. ARGV: holder, id, state, event's JSON, then fields and values. */
export const END = redisScript(`${NOW}${OWN}
redis.call('HSET', KEYS[3], 'state', ARGV[3], 'endedAt', now, unpack(ARGV, 5))
redis.call('HDEL', KEYS[3], 'holder', 'cancel')
redis.call('XADD', KEYS[4], '*', 'kind', 'end', 'data', ARGV[4])
redis.call('DEL', KEYS[2], KEYS[5])
${changed(6, 2)}
return 1`);

/** A run goes back to the head of the queue: its process stops in order. KEYS: lease, current, run, queue, changes. ARGV: holder, id. */
export const RELEASE = redisScript(`${OWN}
redis.call('HSET', KEYS[3], 'state', 'queued')
redis.call('HDEL', KEYS[3], 'holder')
redis.call('HINCRBY', KEYS[3], 'attempts', -1)
redis.call('LPUSH', KEYS[4], ARGV[2])
redis.call('DEL', KEYS[2])
${changed(5, 2)}
return 1`);

/**
 * KEYS: lease, current, run, queue, events, checkpoint, changes. ARGV: id, event's JSON. Returns `missing`, the state of one that
 * has ended already, `cancelled`, or `asked` where the process that does it has to end it.
 */
export const CANCEL = redisScript(`${NOW}
local state = redis.call('HGET', KEYS[3], 'state')
if not state then return 'missing' end
if state ~= 'queued' and state ~= 'running' then return state end
local current = redis.call('GET', KEYS[2]) == ARGV[1]
local till = tonumber(redis.call('HGET', KEYS[1], 'till') or 0)
if current and till > now then
  redis.call('HSET', KEYS[3], 'cancel', '1')
  return 'asked'
end
redis.call('LREM', KEYS[4], 0, ARGV[1])
if current then redis.call('DEL', KEYS[2]) end
redis.call('HSET', KEYS[3], 'state', 'cancelled', 'endedAt', now)
redis.call('HDEL', KEYS[3], 'holder', 'cancel')
redis.call('XADD', KEYS[5], '*', 'kind', 'end', 'data', ARGV[2])
redis.call('DEL', KEYS[6])
${changed(7, 1)}
return 'cancelled'`);
