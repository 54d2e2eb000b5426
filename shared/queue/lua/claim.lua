-- keys: line lane occupied waiting flight holder lease counters replies orders seen wakeWorker dead deadOrder known
-- include: common lanes common-work
-- ARGV: worker, sequence, leaseMs, maxAttempts
-- Returns: claim_next's reply (common-work.lua)
local worker, sequence, lease_ms, max_attempts = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local now = now_ms()
redis.call('ZADD', K.seen, stamp(now), worker)
local earlier = earlier_reply(worker, sequence)
if earlier then return replay_claim(earlier) end
reclaim_expired(max_attempts, now)
local reply = claim_next(worker, lease_ms, now)
remember_reply(worker, sequence, claim_memo(reply))
settle_wake(K.wakeWorker, count_waiting())
return reply
