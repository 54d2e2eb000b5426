-- keys: roster seen orders lease
-- include: common
-- Returns: per member: id, `role startedAt`, seenAt, order entry or '', tasks held
local holding = {}
for _, claim in ipairs(redis.call('ZRANGE', K.lease, 0, -1)) do
  local worker = string.match(claim, '^(%S+)')
  holding[worker] = (holding[worker] or 0) + 1
end
local reply = {}
local roster = redis.call('HGETALL', K.roster)
for i = 1, #roster, 2 do
  local member = roster[i]
  reply[#reply + 1] = member
  reply[#reply + 1] = roster[i + 1]
  reply[#reply + 1] = redis.call('ZSCORE', K.seen, member) or '0'
  reply[#reply + 1] = redis.call('HGET', K.orders, member) or ''
  reply[#reply + 1] = holding[member] or 0
end
return reply
