-- keys: result output record known counters window wakeResult
-- include: common
-- ARGV: retain (records kept), then ids
-- Returns: the records of these ids, those of an earlier, repeated commit included
local retain = tonumber(ARGV[1])
local now = now_ms()
local wanted = {}
for i = 2, #ARGV do wanted[ARGV[i]] = true end
local records = {}

local SLOT_MS, SLOTS = 100, 1200

local function add_to_window(sojourn, service, met)
  local slot = math.floor(now / SLOT_MS)
  local field = slot % SLOTS
  local n, mets, sum, max, services = 0, 0, 0, 0, 0
  local stored = redis.call('HGET', K.window, field)
  if stored then
    local s, a, b, c, d, e = string.match(stored, '(%S+) (%S+) (%S+) (%S+) (%S+) (%S+)')
    if tonumber(s) == slot then n, mets, sum, max, services = tonumber(a), tonumber(b), tonumber(c), tonumber(d), tonumber(e) end
  end
  local text = { string.format('%.0f', slot), n + 1, mets + met, stamp(sum + sojourn), stamp(math.max(max, sojourn)), stamp(services + service) }
  redis.call('HSET', K.window, field, table.concat(text, ' '))
end

for _, entry in ipairs(redis.call('LRANGE', K.result, 0, #ARGV - 2)) do
  local f, bodies = split_entry(entry)
  local id = f[1]
  if wanted[id] then
    redis.call('LREM', K.result, 1, entry)
    if redis.call('HEXISTS', K.record, id) == 1 then
      count('duplicates')
    else
      local met = now <= tonumber(f[3]) and 1 or 0
      local header = table.concat(f, ' ') .. ' ' .. stamp(now) .. ' ' .. met
      redis.call('HSET', K.record, id, header .. '\n' .. bodies)
      redis.call('RPUSH', K.output, id)
      redis.call('HDEL', K.known, id)
      count('collected')
      count('met', met)
      add_to_window(now - tonumber(f[2]), tonumber(f[9]), met)
    end
  end
end
for i = 2, #ARGV do
  local record = redis.call('HGET', K.record, ARGV[i])
  if record then records[#records + 1] = record end
end
for _ = 1, redis.call('LLEN', K.output) - retain do
  redis.call('HDEL', K.record, redis.call('LPOP', K.output))
end
settle_wake(K.wakeResult, redis.call('LLEN', K.result))
return records
