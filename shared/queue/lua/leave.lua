-- keys: hands line lane occupied placed epoch counters wakeWorker roster seen orders
-- include: common lanes hands
-- ARGV: member
-- Whatever the member still holds is given back, as a release.
-- Returns: how many claims that were
local member = ARGV[1]
local now = now_ms()
local held = newest_first(claims_held_by(member))
for _, claim in ipairs(held) do give_back(claim.header, now) end
if #held > 0 then
  count_placed(#held)
  count('released', #held)
end
redis.call('HDEL', K.roster, member)
redis.call('HDEL', K.orders, member)
redis.call('HDEL', K.hands, member)
redis.call('ZREM', K.seen, member)
settle_wake(K.wakeWorker, count_waiting())
return #held
