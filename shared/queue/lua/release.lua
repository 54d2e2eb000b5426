-- keys: line lane occupied flight lease counters wakeWorker
-- include: common lanes hands
-- ARGV: worker, then per claim: id, epoch
-- Gives claims back to the heads of their lanes, the last one first, so that they stand as they stood.
-- Returns: how many were this worker's
local worker = ARGV[1]
local now = now_ms()
local n = 0
for i = #ARGV - 1, 2, -2 do
  local id, epoch = ARGV[i], ARGV[i + 1]
  local envelope = held_claim(worker, id, epoch)
  if envelope then
    let_go(worker, id)
    add_waiting(envelope, now, 'LPUSH')
    n = n + 1
  end
end
if n > 0 then count('released', n) end
settle_wake(K.wakeWorker, count_waiting())
return n
