-- keys: line lane occupied waiting flight holder lease counters wakeWorker
-- include: common lanes
-- ARGV: worker, id, epoch
-- Returns: 1 when the claim went back to the head of its lane, 0 when it was no longer this worker's
local worker, id, epoch = ARGV[1], ARGV[2], ARGV[3]
local held = redis.call('HGET', K.holder, id)
if not held or string.sub(held, 1, #worker + #epoch + 2) ~= worker .. ' ' .. epoch .. ' ' then return 0 end
add_waiting(redis.call('HGET', K.flight, id), now_ms(), 'LPUSH')
redis.call('HDEL', K.flight, id)
redis.call('HDEL', K.holder, id)
redis.call('ZREM', K.lease, id)
count('released')
settle_wake(K.wakeWorker, count_waiting())
return 1
