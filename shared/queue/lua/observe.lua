-- keys: input taken line lane occupied placed epoch hands result dead counters window roster
-- include: common lanes hands
-- ARGV: windowMs
-- Returns: {now, input, taken, waiting, in flight, result, dead letters, members, least latestStart of a head or '', window..., claims ever, counters...}
--          window: count, met, sum of sojourns, max sojourn, sum of service times; counters: name, value, ...
local SLOT_MS, SLOTS = 100, 1200
local now = now_ms()
local n, met, sum, max, service = 0, 0, 0, 0, 0
local newest = math.floor(now / SLOT_MS)
local slots = math.min(math.ceil(tonumber(ARGV[1]) / SLOT_MS), SLOTS - 1)
local fields = {}
for slot = newest - slots, newest do fields[#fields + 1] = string.format('%.0f', slot % SLOTS) end
for _, stored in ipairs(redis.call('HMGET', K.window, unpack(fields))) do
  if stored then
    local s, a, b, c, d, e = string.match(stored, '(%S+) (%S+) (%S+) (%S+) (%S+) (%S+)')
    if tonumber(s) >= newest - slots then
      n, met, sum, service = n + tonumber(a), met + tonumber(b), sum + tonumber(c), service + tonumber(e)
      max = math.max(max, tonumber(d))
    end
  end
end
local urgent = ''
for _, list in ipairs(lists_of_waiting()) do
  local head = redis.call('LINDEX', list, 0)
  local latest_start = head and times_of(head)
  if latest_start and (urgent == '' or latest_start < urgent) then urgent = latest_start end
end
if urgent ~= '' then urgent = stamp(urgent) end
local reply = {
  stamp(now), redis.call('LLEN', K.input), redis.call('HLEN', K.taken), count_waiting(), #all_claims(),
  redis.call('LLEN', K.result), redis.call('HLEN', K.dead), redis.call('HLEN', K.roster), urgent,
  n, met, stamp(sum), stamp(max), stamp(service), redis.call('GET', K.epoch) or '0',
}
for _, word in ipairs(redis.call('HGETALL', K.counters)) do reply[#reply + 1] = word end
return reply
