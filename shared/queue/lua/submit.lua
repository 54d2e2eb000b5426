-- keys: input known record dead counters replies wakeInput
-- include: common
-- ARGV: client, sequence, then per message: id, kind, run ('-' for none), JSON
-- Returns: {accepted, duplicate id...}
local client, sequence = ARGV[1], ARGV[2]
local earlier = earlier_reply(client, sequence)
if earlier then return earlier end
local now = stamp(now_ms())
local reply = { 0 }
for i = 3, #ARGV, 4 do
  local id, kind, run, json = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local known = redis.call('HEXISTS', K.known, id) + redis.call('HEXISTS', K.record, id) + redis.call('HEXISTS', K.dead, id)
  if known > 0 then
    reply[#reply + 1] = id
  else
    redis.call('RPUSH', K.input, id .. ' ' .. now .. ' ' .. kind .. ' ' .. run .. '\n' .. json)
    if kind == 'task' then
      redis.call('HSET', K.known, id, 'input')
      count('submitted')
    end
    reply[1] = reply[1] + 1
  end
end
remember_reply(client, sequence, reply)
settle_wake(K.wakeInput, redis.call('LLEN', K.input))
return reply
