-- Claims whose workers died or fell silent (needs lanes, hands and attempts).

-- A claim that ended without a result goes back to the head of its lane, or to the dead letters after the last attempt.
-- Returns true when it went back.
local function give_back_lost(worker, id, max_attempts, why, now)
  local envelope = take_from_hands(worker, id)
  local attempts = attempts_of(envelope) + 1
  count('reclaimed')
  if attempts >= max_attempts then
    bury(id, envelope, attempts, cjson.encode(why .. ' ' .. attempts .. ' times'), now)
    return false
  end
  add_waiting(envelope_with_attempts(envelope, attempts), now, 'LPUSH')
  return true
end

local MAX_RECLAIMS_A_CALL = 100

local function reclaim_expired(max_attempts, now, now_text)
  local returned, dead = 0, 0
  local expired = redis.call('ZRANGEBYSCORE', K.lease, '-inf', now_text, 'LIMIT', 0, MAX_RECLAIMS_A_CALL)
  local ids, workers = {}, {}
  for i, claim in ipairs(expired) do
    local worker, id = string.match(claim, '^(%S+) (%S+)$')
    ids[i], workers[id] = id, worker
  end
  for _, id in ipairs(newest_first(ids)) do
    if give_back_lost(workers[id], id, max_attempts, 'lease expired', now) then returned = returned + 1 else dead = dead + 1 end
  end
  return returned, dead
end
