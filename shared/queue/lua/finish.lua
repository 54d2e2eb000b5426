-- keys: line lane occupied flight lease counters replies orders roster seen wakeWorker wakeResult result dead deadOrder known blob blobExpiry blobSize
-- include: common lanes hands attempts lost
-- ARGV: worker, sequence, leaseMs, maxAttempts, most, stepMs (claim-rule.ts),
--       then per claim that ended: id, epoch, outcome (done | retry | bury), serviceMs, JSON (value or error), owns a blob (1 | 0)
-- Ends claims, and takes up to `most` next tasks.
-- Returns: {line, envelope of each claim...}; the line has a 1 or a 0 for each claim that ended, '-' for none, and what follows:
--            'tasks', claimedAt, leaseExpiresAt, each claim's epoch
--            'empty', waitMs (a ring comes earlier)     'ordered', order, type, until     'none' (most is 0)
-- It has few functions and makes few calls, because this is the script that each task costs.
local worker, sequence, lease_ms, max_attempts = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local most, step_ms = tonumber(ARGV[5]), tonumber(ARGV[6])
local FIRST_ENDED, FIELDS = 7, 6
local now = now_ms()
local now_text = stamp(now)
local IDLE_LEASES = 4

-- The claims that end here. `glance`: whether to give a sign of life and look for lost claims (claim-rule.ts).
local ids, envelopes, claimed, all_held, glance = {}, {}, {}, false, true
if #ARGV >= FIRST_ENDED then
  for i = FIRST_ENDED, #ARGV, FIELDS do ids[#ids + 1] = ARGV[i] end
  all_held, glance = true, false
  for n, entry in ipairs(redis.call('HMGET', K.flight, unpack(ids))) do
    local envelope, claimed_at = claim_in(entry, worker, ARGV[FIRST_ENDED + FIELDS * (n - 1) + 1])
    envelopes[n], claimed[n] = envelope, claimed_at
    if not envelope then
      all_held, glance = false, true
    elseif math.floor(now / lease_ms * GLANCES_A_LEASE) > math.floor(claimed_at / lease_ms * GLANCES_A_LEASE) then
      glance = true
    end
  end
end

-- A repeat holds none of its claims any more, so one that holds all is none. Kept of an answer is `sequence line` and the ids of
-- its tasks; their envelopes, which may be large, are read from the hands that they are in. What was reclaimed meanwhile is
-- left out.
local earlier = not all_held and redis.call('HGET', K.replies, worker)
if earlier and string.match(earlier, '^%S+') == sequence then
  local memo = words(earlier)
  if memo[3] ~= 'tasks' then return { string.match(earlier, '^%S+ (.*)') } end
  local n = (#memo - 5) / 2
  local line, again = table.concat(memo, ' ', 2, 5), {}
  for i = 6, 5 + n do
    local envelope = claim_in(redis.call('HGET', K.flight, memo[i + n]), worker, memo[i])
    if envelope then
      line = line .. ' ' .. memo[i]
      again[#again + 1] = envelope
    end
  end
  if #again == 0 then return { memo[2] .. ' empty 0' } end
  return { line, unpack(again) }
end
if glance then redis.call('ZADD', K.seen, now_text, worker) end

-- Ends claims. What leaves the hands and where it goes is gathered, so that each key is touched once.
local accepted = '-'
-- What the hands hold afterwards: a finished task's mark, until it is collected, and the next claims.
local flights = {}
-- Whether more may wait than before.
local added = false
if #ids > 0 then
  local flags, fenced, ended = {}, 0, {}
  local gone_leases, results = {}, {}
  for n, id in ipairs(ids) do
    local envelope, at = envelopes[n], FIRST_ENDED + FIELDS * (n - 1)
    if not envelope or ended[id] then
      flags[n] = '0'
      fenced = fenced + 1
    else
      local outcome, json = ARGV[at + 2], ARGV[at + 4]
      flags[n] = '1'
      ended[id] = true
      gone_leases[#gone_leases + 1] = worker .. ' ' .. id
      if outcome == 'done' then
        results[#results + 1] = worker .. ' ' .. claimed[n] .. ' ' .. now_text .. ' ' .. ARGV[at + 3] .. '\n' .. envelope .. '\n' .. json
        flights[#flights + 1] = id
        flights[#flights + 1] = FINISHED
        if ARGV[at + 5] == '1' and redis.call('ZREM', K.blobExpiry, id) == 1 then
          redis.call('UNLINK', K.blob .. id)
          count('blobBytes', -tonumber(redis.call('HGET', K.blobSize, id)))
          redis.call('HDEL', K.blobSize, id)
        end
      else
        local attempts = attempts_of(envelope) + 1
        redis.call('HDEL', K.flight, id)
        if outcome == 'retry' and attempts < max_attempts then
          -- To the tail: a task that fails must not hold up the ones behind it.
          add_waiting(envelope_with_attempts(envelope, attempts), now, 'RPUSH')
          count('retried')
          added = true
        else
          bury(id, envelope, attempts, json, now)
        end
      end
    end
  end
  if #gone_leases > 0 then redis.call('ZREM', K.lease, unpack(gone_leases)) end
  if #results > 0 then
    local waiting = redis.call('RPUSH', K.result, unpack(results))
    -- A list that was longer had its rings.
    if waiting - #results < MAX_RINGS then settle_wake(K.wakeResult, waiting) end
  end
  if fenced > 0 then count('fenced', fenced) end
  accepted = table.concat(flags)
end

-- Claims the next tasks, unless a SYN is in force. One whose time has passed is void.
local reply, claims, claimed_ids = nil, {}, {}
local order = most > 0 and redis.call('HGET', K.orders, worker)
if order then
  local f = words(order)
  if tonumber(f[3]) > now then
    reply = accepted .. ' ordered ' .. f[1] .. ' ' .. f[2] .. ' ' .. f[3]
  else
    redis.call('HDEL', K.orders, worker)
  end
end
if most == 0 then reply = accepted .. ' none' end
-- Rings are lost with whoever heard them. One that asks without having ended anything has heard one, perhaps; for the others,
-- so many claims may pass until they are rung again.
local CLAIMS_A_LOOK_AT_RINGS = 16
local look_at_rings = added or #ids == 0
if not reply then
  if glance then look_at_rings = reclaim_expired(max_attempts, now, now_text) > 0 or look_at_rings end
  local wanted = most
  if most > 1 then
    -- Its share of what waits (claim-rule.ts).
    local members = math.max(1, redis.call('HLEN', K.roster))
    wanted = math.min(most, math.max(1, math.ceil(count_waiting() / members)))
  end
  local epoch = redis.call('HINCRBY', K.counters, 'epoch', wanted) - wanted
  local expires = expiry(now, lease_ms)
  local epochs, leases, taken = {}, {}, 0
  while taken < wanted do
    local envelope = take_waiting(epoch + 1, now)
    if not envelope then break end
    local alone = wanted > 1 and attempts_of(envelope) > 0
    if taken > 0 then
      local latest_start = times_of(envelope)
      if alone or (latest_start >= now and latest_start < now + taken * step_ms) then
        put_down(envelope, now, 'LPUSH')
        break
      end
    end
    taken, epoch = taken + 1, epoch + 1
    if epoch % CLAIMS_A_LOOK_AT_RINGS == 0 then look_at_rings = true end
    local id, epoch_text = string.match(envelope, '^%S+'), string.format('%.0f', epoch)
    claims[taken], epochs[taken], claimed_ids[taken] = envelope, epoch_text, id
    flights[#flights + 1] = id
    flights[#flights + 1] = worker .. ' ' .. epoch_text .. ' ' .. now_text .. '\n' .. envelope
    leases[#leases + 1] = expires
    leases[#leases + 1] = worker .. ' ' .. id
    if alone then break end
  end
  if taken < wanted then
    -- Epochs count claims; these are none.
    redis.call('HINCRBY', K.counters, 'epoch', taken - wanted)
    look_at_rings = true
  end
  known_waiting = nil
  if taken == 0 then
    reply = accepted .. ' empty ' .. stamp(IDLE_LEASES * lease_ms)
  else
    redis.call('ZADD', K.lease, unpack(leases))
    reply = accepted .. ' tasks ' .. now_text .. ' ' .. expires .. ' ' .. table.concat(epochs, ' ')
  end
end
if #flights > 0 then redis.call('HSET', K.flight, unpack(flights)) end
local memo = sequence .. ' ' .. reply
if #claims > 0 then memo = memo .. ' ' .. table.concat(claimed_ids, ' ') end
redis.call('HSET', K.replies, worker, memo)
if look_at_rings then settle_wake(K.wakeWorker, count_waiting()) end
return { reply, unpack(claims) }
