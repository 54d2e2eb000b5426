-- keys: line lane occupied waiting flight holder lease counters replies orders seen wakeWorker wakeResult result dead deadOrder known blobExpiry blobSize
-- extra: blob
-- include: common lanes common-work
-- ARGV: worker, sequence, leaseMs, maxAttempts, id, epoch, outcome (done | retry | bury), serviceMs, JSON (value or error),
--       claimNext (1 | 0)
-- Returns: {accepted (1 | 0), claim_next's reply or {'none'}}
local worker, sequence, lease_ms, max_attempts = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local id, epoch, outcome, service_ms, json, claim_more = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10] == '1'
local now = now_ms()
redis.call('ZADD', K.seen, stamp(now), worker)
local earlier = earlier_reply(worker, sequence)
if earlier then return { earlier[1], replay_claim(earlier[2]) } end

local accepted = 0
local held = redis.call('HGET', K.holder, id)
local claimed_at = held and string.match(held, '^%S+ %S+ (%S+)$')
if held and held == worker .. ' ' .. epoch .. ' ' .. claimed_at then
  accepted = 1
  local envelope = take_from_hands(id)
  local f, task = split_entry(envelope)
  local attempts = tonumber(f[5]) + 1
  if outcome == 'done' then
    local header = { f[1], f[2], f[3], f[4], f[5], worker, claimed_at, stamp(now), service_ms }
    redis.call('RPUSH', K.result, table.concat(header, ' ') .. '\n' .. task .. '\n' .. json)
    redis.call('HSET', K.known, id, 'result')
    settle_wake(K.wakeResult, redis.call('LLEN', K.result))
    count('finished')
    if redis.call('ZREM', K.blobExpiry, id) == 1 then
      redis.call('UNLINK', K.blob)
      count('blobBytes', -tonumber(redis.call('HGET', K.blobSize, id)))
      redis.call('HDEL', K.blobSize, id)
    end
  elseif outcome == 'retry' and attempts < max_attempts then
    -- To the tail: a task that fails must not hold up the ones behind it.
    add_waiting(envelope_with_attempts(envelope, attempts), now, 'RPUSH')
    count('retried')
  else
    bury(id, envelope, attempts, json, now)
  end
else
  count('fenced')
end

local reply = { 'none' }
if claim_more then
  reclaim_expired(max_attempts, now)
  reply = claim_next(worker, lease_ms, now)
end
remember_reply(worker, sequence, { accepted, claim_memo(reply) })
settle_wake(K.wakeWorker, count_waiting())
return { accepted, reply }
