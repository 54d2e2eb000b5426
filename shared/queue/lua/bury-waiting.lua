-- keys: input line lane occupied placed epoch dead deadOrder counters wakeInput wakeWorker
-- include: common lanes attempts
-- ARGV: the reason as JSON, then runs ('-': tasks of no run); none means all
-- Returns: the ids of the tasks that went from input or their lane to the dead letters
local wanted = {}
for i = 2, #ARGV do wanted[ARGV[i]] = true end
local now = now_ms()
local gone = {}

-- Takes the tasks that are wanted out of a list; as a whole, because taking each out by itself would walk the list once for each.
-- Returns how many.
local function bury_in(list)
  local kept, before = {}, #gone
  for _, entry in ipairs(redis.call('LRANGE', list, 0, -1)) do
    -- A phase, which may stand in input, has a second line.
    local id, run = string.match(entry, '^(%S+) [^\n]* ([^ \n]+)$')
    if id and (#ARGV == 1 or wanted[run]) then
      bury(id, entry, attempts_of(entry), ARGV[1], now)
      gone[#gone + 1] = id
    else
      kept[#kept + 1] = entry
    end
  end
  if #gone > before then
    redis.call('DEL', list)
    call_with_all('RPUSH', list, kept)
  end
  return #gone - before
end

bury_in(K.input)
for _, list in ipairs(lists_of_waiting()) do
  local buried = bury_in(list)
  if buried > 0 then count_placed(-buried) end
end
for _, lane in ipairs(redis.call('ZRANGE', K.occupied, 0, -1)) do
  if redis.call('EXISTS', K.lane .. lane) == 0 then redis.call('ZREM', K.occupied, lane) end
end
settle_wake(K.wakeInput, redis.call('LLEN', K.input))
settle_wake(K.wakeWorker, count_waiting())
return gone
