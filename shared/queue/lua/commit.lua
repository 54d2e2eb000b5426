-- keys: result output outputOf record body counters window wakeResult
-- include: common by-run retire
-- ARGV: retain (records kept), retainMs (and how long), then ids
-- Returns: the records of these ids, those of an earlier, repeated commit included
local now = now_ms()
local now_text = stamp(now)
local wanted = {}
for i = 3, #ARGV do wanted[ARGV[i]] = true end
local records, collected, by_run, met = {}, {}, {}, 0
local n, sum, max, services = 0, 0, 0, 0

local SLOT_MS, SLOTS = 100, 1200

local function add_to_window()
  local slot = math.floor(now / SLOT_MS)
  local field = string.format('%.0f', slot % SLOTS)
  local stored = redis.call('HGET', K.window, field)
  local all, all_met, all_sum, all_services = n, met, sum, services
  if stored then
    local s, a, b, c, d, e = string.match(stored, '(%S+) (%S+) (%S+) (%S+) (%S+) (%S+)')
    if tonumber(s) == slot then
      all, all_met, all_sum, all_services = n + a, met + b, sum + c, services + e
      max = math.max(max, tonumber(d))
    end
  end
  local text = { string.format('%.0f', slot), all, all_met, stamp(all_sum), stamp(max), stamp(all_services) }
  redis.call('HSET', K.window, field, table.concat(text, ' '))
end

local function record(id, entry, run, generated_at, deadline_ms, service_ms)
  local in_time = now <= generated_at + deadline_ms
  local text = now_text .. ' ' .. (in_time and 1 or 0) .. ' ' .. entry
  if redis.call('HSETNX', K.record, id, text) == 0 then
    count('duplicates')
    return
  end
  records[id] = text
  local line = id .. ' ' .. now_text
  if run ~= '-' then
    local of_run = by_run[run] or {}
    local task, mark = in_run(run, id)
    of_run[#of_run + 1] = task
    by_run[run] = of_run
    line = line .. ' ' .. mark
  end
  collected[#collected + 1] = line
  n, sum, services = n + 1, sum + now - generated_at, services + service_ms
  if in_time then met = met + 1 end
  max = math.max(max, now - generated_at)
end

-- Results leave in the order in which they came, so those at the head go at once; one that is not wanted stays.
local at_head = 0
for position, entry in ipairs(redis.call('LRANGE', K.result, 0, #ARGV - 3)) do
  local service_ms, id, generated_at, deadline_ms, run =
    string.match(entry, '^%S+ %S+ (%S+)\n%S+ (%S+) %S+ %S+ (%S+) %S+ (%S+) %S+ (%S+)')
  if wanted[id] then
    if at_head == position - 1 then at_head = position else redis.call('LREM', K.result, 1, entry) end
    record(id, entry, run, generated_at, deadline_ms, service_ms)
  end
end
if at_head > 0 then redis.call('LTRIM', K.result, at_head, -1) end
if n > 0 then
  call_with_all('RPUSH', K.output, collected)
  for run, of_run in pairs(by_run) do call_with_all('RPUSH', K.outputOf .. run, of_run) end
  count('collected', n)
  count('met', met)
  add_to_window()
end
local reply = {}
for i = 3, #ARGV do
  local text = records[ARGV[i]] or redis.call('HGET', K.record, ARGV[i])
  if text then reply[#reply + 1] = text end
end
retire(tonumber(ARGV[1]), tonumber(ARGV[2]), now)
settle_wake(K.wakeResult, redis.call('LLEN', K.result))
return reply
