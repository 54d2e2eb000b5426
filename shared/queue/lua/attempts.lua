-- A task's attempts and its burial. Needs dead, deadOrder and counters. Entries: envelope.ts.

local function header_with_attempts(header, attempts)
  return (string.gsub(header, '^(%S+ %S+ %S+ %S+) %S+', '%1 ' .. attempts, 1))
end

local function attempts_of(header)
  return tonumber(string.match(header, '^%S+ %S+ %S+ %S+ (%S+)'))
end

local function bury(id, header, attempts, error_json, now)
  redis.call('HSET', K.dead, id, stamp(now) .. '\n' .. header_with_attempts(header, attempts) .. '\n' .. error_json)
  redis.call('RPUSH', K.deadOrder, id)
  count('dead')
end
