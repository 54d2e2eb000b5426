-- keys: input known record dead counters replies wakeInput
-- include: common
-- ARGV: client, sequence, then per message: id, kind, run ('-' for none), expectedServiceMs, deadlineMs ('-' of a phase), JSON
-- Returns: {accepted, duplicate id...}
local client, sequence = ARGV[1], ARGV[2]
local earlier = earlier_reply(client, sequence)
if earlier then return earlier end
local now = stamp(now_ms())
local accepted, tasks, duplicates = {}, 0, {}
local any_dead = redis.call('HLEN', K.dead) > 0
for i = 3, #ARGV, 6 do
  local id, kind = ARGV[i], ARGV[i + 1]
  local is_new = kind ~= 'task'
  if not is_new then
    local ended = redis.call('HEXISTS', K.record, id) == 1 or any_dead and redis.call('HEXISTS', K.dead, id) == 1
    is_new = not ended and redis.call('HSETNX', K.known, id, 'input') == 1
    if is_new then tasks = tasks + 1 end
  end
  if is_new then
    accepted[#accepted + 1] = id .. ' ' .. now .. ' ' .. kind .. ' ' .. ARGV[i + 2] .. ' ' .. ARGV[i + 3] .. ' ' .. ARGV[i + 4] .. '\n' .. ARGV[i + 5]
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
