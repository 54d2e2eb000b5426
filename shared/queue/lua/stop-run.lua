-- keys: input taken wakeInput
-- include: common
-- ARGV: run
-- Returns: how many messages were withdrawn
local run = ARGV[1]
local n = 0

-- Phases alone have a second line.
local function is_phase_of_run(entry)
  return string.match(entry, '^%S+ %S+ (%S+)\n') == run
end

for _, entry in ipairs(redis.call('LRANGE', K.input, 0, -1)) do
  if is_phase_of_run(entry) then n = n + redis.call('LREM', K.input, 1, entry) end
end
local taken = redis.call('HGETALL', K.taken)
for i = 1, #taken, 2 do
  local _, entry = split_entry(taken[i + 1])
  if is_phase_of_run(entry) then n = n + redis.call('HDEL', K.taken, taken[i]) end
end
settle_wake(K.wakeInput, redis.call('LLEN', K.input))
return n
