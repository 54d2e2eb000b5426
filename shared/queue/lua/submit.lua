-- keys: input body counters replies wakeInput
-- include: common
-- ARGV: client, sequence, then per message: id, kind, run ('-' for none), expectedServiceMs, deadlineMs ('-' of a phase), JSON
-- Returns: {accepted, duplicate id...}
local client, sequence = ARGV[1], ARGV[2]
local earlier = earlier_reply(client, sequence)
if earlier then return earlier end
local now = stamp(now_ms())
local accepted, tasks, duplicates = {}, 0, {}
for i = 3, #ARGV, 6 do
  local id, run = ARGV[i], ARGV[i + 2]
  if ARGV[i + 1] == 'phase' then
    accepted[#accepted + 1] = id .. ' ' .. now .. ' ' .. run .. '\n' .. ARGV[i + 5]
  elseif redis.call('HSETNX', K.body, id, ARGV[i + 5]) == 1 then
    accepted[#accepted + 1] = id .. ' ' .. now .. ' ' .. ARGV[i + 3] .. ' ' .. ARGV[i + 4] .. ' 0 ' .. run
    tasks = tasks + 1
  else
    duplicates[#duplicates + 1] = id
  end
end
call_with_all('RPUSH', K.input, accepted)
if tasks > 0 then count('submitted', tasks) end
local reply = { tostring(#accepted) }
for i, id in ipairs(duplicates) do reply[i + 1] = id end
remember_reply(client, sequence, reply)
settle_wake(K.wakeInput, redis.call('LLEN', K.input))
return reply
