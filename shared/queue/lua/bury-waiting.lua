-- keys: input line lane occupied known dead deadOrder counters wakeInput wakeWorker
-- include: common lanes attempts
-- ARGV: the reason as JSON, then runs ('-': tasks of no run); none means all
-- Returns: the ids of the tasks that went from input or their lane to the dead letters
local wanted = {}
for i = 2, #ARGV do wanted[ARGV[i]] = true end
local now = now_ms()
local gone = {}

local function bury_if_wanted(id, envelope, run)
  if #ARGV > 1 and not wanted[run] then return false end
  bury(id, envelope, attempts_of(envelope), ARGV[1], now)
  gone[#gone + 1] = id
  return true
end

for _, entry in ipairs(redis.call('LRANGE', K.input, 0, -1)) do
  local f, json = split_entry(entry)
  if f[3] == 'task' then
    local envelope = f[1] .. ' ' .. f[2] .. ' ' .. f[5] .. ' ' .. f[6] .. ' 0\n' .. json
    if bury_if_wanted(f[1], envelope, f[4]) then redis.call('LREM', K.input, 1, entry) end
  end
end
for _, list in ipairs(lists_of_waiting()) do
  local kept, buried = {}, 0
  for _, envelope in ipairs(redis.call('LRANGE', list, 0, -1)) do
    local f, json = split_entry(envelope)
    if bury_if_wanted(f[1], envelope, cjson.decode(json).run or '-') then
      buried = buried + 1
    else
      kept[#kept + 1] = envelope
    end
  end
  if buried > 0 then count_placed(-buried) end
  -- As a whole: taking each out by itself would walk the list once for each.
  redis.call('DEL', list)
  call_with_all('RPUSH', list, kept)
end
for _, lane in ipairs(redis.call('ZRANGE', K.occupied, 0, -1)) do
  if redis.call('EXISTS', K.lane .. lane) == 0 then redis.call('ZREM', K.occupied, lane) end
end
settle_wake(K.wakeInput, redis.call('LLEN', K.input))
settle_wake(K.wakeWorker, count_waiting())
return gone
