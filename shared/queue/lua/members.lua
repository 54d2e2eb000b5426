-- keys: roster seen orders holder
-- include: common
-- Returns: per member: id, `role startedAt`, seenAt, order entry or '', tasks held
local holding = {}
for _, holder in ipairs(redis.call('HVALS', K.holder)) do
  local worker = string.match(holder, '^(%S+)')
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
