-- How long finished work is kept. Needs output, outputOf, record, body and by-run.

local MAX_RETIRED_A_CALL = 1000

-- Deletes the oldest records: those over `retain`, and those collected more than `retain_ms` ago.
local function retire(retain, retain_ms, now)
  local over = redis.call('LLEN', K.output) - retain
  local gone, of_run = {}, {}
  for _ = 1, MAX_RETIRED_A_CALL do
    local oldest = redis.call('LINDEX', K.output, 0)
    if not oldest then break end
    local id, collected_at, mark = string.match(oldest, '^(%S+) (%S+) ?(%S*)')
    if #gone >= over and collected_at + retain_ms > now then break end
    redis.call('LPOP', K.output)
    gone[#gone + 1] = id
    if mark ~= '' then
      local run = run_by(mark, id)
      of_run[run] = (of_run[run] or 0) + 1
    end
  end
  -- What is oldest of all is so of its run.
  for run, n in pairs(of_run) do redis.call('LPOP', K.outputOf .. run, n) end
  call_with_all('HDEL', K.record, gone)
  call_with_all('HDEL', K.body, gone)
end
