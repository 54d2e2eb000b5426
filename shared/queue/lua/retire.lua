-- How long finished work is kept. Needs output, record and body.

local MAX_RETIRED_A_CALL = 1000

-- Deletes the oldest records: those over `retain`, and those collected more than `retain_ms` ago.
local function retire(retain, retain_ms, now)
  local over = redis.call('LLEN', K.output) - retain
  local gone = {}
  for _ = 1, MAX_RETIRED_A_CALL do
    local oldest = redis.call('LINDEX', K.output, 0)
    if not oldest then break end
    local id, collected_at = string.match(oldest, '^(%S+) (%S+)')
    if #gone >= over and collected_at + retain_ms > now then break end
    redis.call('LPOP', K.output)
    gone[#gone + 1] = id
  end
  call_with_all('HDEL', K.record, gone)
  call_with_all('HDEL', K.body, gone)
end
