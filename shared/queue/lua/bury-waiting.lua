-- keys: input line lane occupied waiting known dead deadOrder counters wakeInput wakeWorker
-- include: common lanes common-work
-- ARGV: the reason as JSON, then runs ('-': tasks of no run); none means all
-- Returns: the ids of the tasks that went from input or their lane to the dead letters
local wanted = {}
for i = 2, #ARGV do wanted[ARGV[i]] = true end
local now = now_ms()
local gone = {}

local function bury_if_wanted(id, envelope, task)
  if #ARGV > 1 and not wanted[task.run or '-'] then return false end
  bury(id, envelope, split_entry(envelope)[5], ARGV[1], now)
  gone[#gone + 1] = id
  return true
end

for _, entry in ipairs(redis.call('LRANGE', K.input, 0, -1)) do
  local f, json = split_entry(entry)
  if f[3] == 'task' then
    local task = cjson.decode(json)
    local accepted, deadline = tonumber(f[2]), task.deadlineMs
    local header = { f[1], f[2], stamp(accepted + deadline), stamp(accepted + deadline - task.expectedServiceMs), '0' }
    if bury_if_wanted(f[1], table.concat(header, ' ') .. '\n' .. json, task) then redis.call('LREM', K.input, 1, entry) end
  end
end
for _, list in ipairs(lists_of_waiting()) do
  local kept = {}
  for _, envelope in ipairs(redis.call('LRANGE', list, 0, -1)) do
    local f, json = split_entry(envelope)
    if bury_if_wanted(f[1], envelope, cjson.decode(json)) then
      remove_waiting()
    else
      kept[#kept + 1] = envelope
    end
  end
  -- As a whole: taking each out by itself would walk the list once for each.
  redis.call('DEL', list)
  for _, envelope in ipairs(kept) do redis.call('RPUSH', list, envelope) end
end
for _, lane in ipairs(redis.call('ZRANGE', K.occupied, 0, -1)) do
  if redis.call('EXISTS', lane_key(tonumber(lane))) == 0 then redis.call('ZREM', K.occupied, lane) end
end
settle_wake(K.wakeInput, redis.call('LLEN', K.input))
settle_wake(K.wakeWorker, count_waiting())
return gone
