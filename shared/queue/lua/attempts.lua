-- A task's attempts and its burial. Needs dead, deadOrder, known and counters. Entries: envelope.ts.

local function envelope_with_attempts(envelope, attempts)
  return (string.gsub(envelope, '^(%S+ %S+ %S+ %S+) %S+', '%1 ' .. attempts, 1))
end

local function attempts_of(envelope)
  return tonumber(string.match(envelope, '^%S+ %S+ %S+ %S+ (%S+)'))
end

local function bury(id, envelope, attempts, error_json, now)
  redis.call('HSET', K.dead, id, stamp(now) .. '\n' .. envelope_with_attempts(envelope, attempts) .. '\n' .. error_json)
  redis.call('RPUSH', K.deadOrder, id)
  redis.call('HDEL', K.known, id)
  count('dead')
end
