-- keys: line lane occupied flight lease counters wakeWorker roster seen orders replies
-- include: common lanes hands
-- ARGV: member
-- Whatever the member still holds goes back to the heads of its lanes, as a release.
-- Returns: how many claims that were
local member = ARGV[1]
local now = now_ms()
local held = newest_first(ids_held_by(member))
for _, id in ipairs(held) do add_waiting(take_from_hands(member, id), now, 'LPUSH') end
if #held > 0 then count('released', #held) end
redis.call('HDEL', K.roster, member)
redis.call('HDEL', K.orders, member)
redis.call('HDEL', K.replies, member)
redis.call('ZREM', K.seen, member)
settle_wake(K.wakeWorker, count_waiting())
return #held
