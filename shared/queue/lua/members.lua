-- keys: roster seen orders hands
-- include: common hands
-- Returns: per member: id, `role startedAt`, seenAt, order entry or '', tasks held
local reply = {}
local roster = redis.call('HGETALL', K.roster)
for i = 1, #roster, 2 do
  local member = roster[i]
  reply[#reply + 1] = member
  reply[#reply + 1] = roster[i + 1]
  reply[#reply + 1] = redis.call('ZSCORE', K.seen, member) or '0'
  reply[#reply + 1] = redis.call('HGET', K.orders, member) or ''
  reply[#reply + 1] = #claims_held_by(member)
end
return reply
