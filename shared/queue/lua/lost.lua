-- Claims whose workers died or fell silent. Needs lanes, hands and attempts.

-- Claims that ended without a result, the newest `most` of them: each goes before whatever waits, or to the dead letters after the
-- last attempt. Returns how many went back, and how many are dead.
local function give_back_lost(claims, most, max_attempts, why, now)
  local returned, dead = 0, 0
  local lost = { unpack(newest_first(claims), 1, most) }
  let_go(lost)
  for _, held in ipairs(lost) do
    local attempts = attempts_of(held.header) + 1
    count('reclaimed')
    if attempts >= max_attempts then
      bury(held.id, held.header, attempts, cjson.encode(why .. ' ' .. attempts .. ' times'), now)
      dead = dead + 1
    else
      count_placed(1)
      give_back(header_with_attempts(held.header, attempts), now)
      returned = returned + 1
    end
  end
  return returned, dead
end

local MAX_RECLAIMS_A_CALL = 100

-- Looks through all hands, unless it is known that no lease has expired. `look` is a time before which none can: that of the
-- earliest expiry when it was looked last, and no later than a lease after that, since one that was made later expires later.
-- Returns how many went back, how many are dead, and the time before which nobody needs to look again.
local function reclaim_expired(max_attempts, lease_ms, now)
  local look = tonumber(redis.call('GET', K.look) or 0)
  -- Further ahead than a lease it is a clock's that was set back.
  if look > now and look <= now + lease_ms then return 0, 0, look end
  look = now + lease_ms
  local expired = {}
  for _, held in ipairs(all_claims()) do
    if held.expires <= now then
      expired[#expired + 1] = held
    else
      look = math.min(look, held.expires)
    end
  end
  if #expired > MAX_RECLAIMS_A_CALL then look = now end
  redis.call('SET', K.look, stamp(look))
  local returned, dead = give_back_lost(expired, MAX_RECLAIMS_A_CALL, max_attempts, 'lease expired', now)
  return returned, dead, look
end
