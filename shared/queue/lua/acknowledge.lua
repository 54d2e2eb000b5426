-- keys: orders ack
-- include: common
-- ARGV: order, member, state
-- Returns: 1 when the order still stands for the member, 0 when it was withdrawn (the ACK is recorded all the same)
local order, member, state = ARGV[1], ARGV[2], ARGV[3]
local now = now_ms()
redis.call('RPUSH', K.ack .. order, order .. ' ' .. member .. ' ' .. state .. ' ' .. stamp(now))
redis.call('PEXPIRE', K.ack .. order, 300000)
local stored = redis.call('HGET', K.orders, member)
local standing, kind, till = string.match(stored or '', '^(%S+) (%S+) (%S+)')
if standing ~= order then return 0 end
redis.call('HSET', K.orders, member, order .. ' ' .. kind .. ' ' .. till .. ' ' .. state)
return 1
