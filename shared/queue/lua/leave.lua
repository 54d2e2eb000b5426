-- keys: line lane occupied waiting flight holder lease counters wakeWorker roster seen orders replies
-- include: common lanes
-- ARGV: member
-- Whatever the member still holds goes back to the head of its lane, as a release.
-- Returns: how many claims that were
local member = ARGV[1]
local n = 0
local now = now_ms()
local held = redis.call('HGETALL', K.holder)
for i = 1, #held, 2 do
  if string.sub(held[i + 1], 1, #member + 1) == member .. ' ' then
    local id = held[i]
    add_waiting(redis.call('HGET', K.flight, id), now, 'LPUSH')
    redis.call('HDEL', K.flight, id)
    redis.call('HDEL', K.holder, id)
    redis.call('ZREM', K.lease, id)
    count('released')
    n = n + 1
  end
end
redis.call('HDEL', K.roster, member)
redis.call('HDEL', K.orders, member)
redis.call('HDEL', K.replies, member)
redis.call('ZREM', K.seen, member)
settle_wake(K.wakeWorker, count_waiting())
return n
