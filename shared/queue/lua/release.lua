-- keys: hands line lane occupied placed epoch counters wakeWorker
-- include: common lanes hands
-- ARGV: worker, then claims, `epoch id` each
-- Gives claims back, the last one first, so that they stand as they stood.
-- Returns: how many were this worker's
local worker = ARGV[1]
local now = now_ms()
local wanted, given = {}, {}
for i = 2, #ARGV do wanted[ARGV[i]] = true end
for _, held in ipairs(claims_held_by(worker)) do
  if wanted[held.claim] then given[#given + 1] = held end
end
for _, held in ipairs(newest_first(given)) do give_back(held.header, now) end
let_go(given)
if #given > 0 then
  count_placed(#given)
  count('released', #given)
end
settle_wake(K.wakeWorker, count_waiting())
return #given
