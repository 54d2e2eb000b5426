-- keys: line lane occupied waiting flight lease counters replies orders roster seen wakeWorker wakeResult result dead deadOrder known blob blobExpiry blobSize
-- include: common lanes hands attempts lost
-- ARGV: worker, sequence, leaseMs, maxAttempts, most, stepMs (claim-rule.ts),
--       then per claim that ended: id, epoch, outcome (done | retry | bury), serviceMs, JSON (value or error), owns a blob (1 | 0)
-- Ends claims, and takes up to `most` next tasks.
-- Returns: {accepted, ...}: a 1 or a 0 for each claim that ended, '-' for none, then what follows:
--            'tasks', claimedAt, leaseExpiresAt, then per claim: epoch, envelope
--            'empty', waitMs (a ring comes earlier)     'ordered', order, type, until     'none' (most is 0)
-- It has few functions, because Redis makes them anew at each call, and this is the script that each task costs.
local worker, sequence, lease_ms, max_attempts = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local most, step_ms = tonumber(ARGV[5]), tonumber(ARGV[6])
local FIRST_ENDED, FIELDS = 7, 6
local now = now_ms()
local now_text = stamp(now)

-- Members that are silent for six leases are taken for dead, so a sign of life once a second is enough.
local SIGN_OF_LIFE_MS = 1000
local IDLE_LEASES = 4

-- A repeat. The answer is kept without envelopes, which may be large: `sequence seenAt accepted` and then `tasks claimedAt`
-- with each claim's id and epoch, or another answer as it was. Envelopes are read from the hands that they are in; what was
-- reclaimed meanwhile is left out.
local earlier = redis.call('HGET', K.replies, worker)
local last_sequence, seen_at = nil, '0'
if earlier then last_sequence, seen_at = string.match(earlier, '^(%S+) (%S+)') end
if last_sequence == sequence then
  local memo = words(earlier)
  local reply = { unpack(memo, 3) }
  if memo[4] ~= 'tasks' then return reply end
  reply = { memo[3], 'tasks', memo[5] }
  for i = 6, #memo, 2 do
    local envelope = claim_in(redis.call('HGET', K.flight, memo[i]), worker, memo[i + 1])
    if envelope then
      reply[4] = reply[4] or redis.call('ZSCORE', K.lease, worker .. ' ' .. memo[i])
      reply[#reply + 1] = memo[i + 1]
      reply[#reply + 1] = envelope
    end
  end
  return reply[4] and reply or { memo[3], 'empty', '0' }
end
if now - seen_at >= SIGN_OF_LIFE_MS then
  redis.call('ZADD', K.seen, now_text, worker)
  seen_at = now_text
end

-- Ends claims. What leaves the hands and where it goes is gathered, so that each key is touched once.
local accepted = '-'
if #ARGV >= FIRST_ENDED then
  local ids = {}
  for i = FIRST_ENDED, #ARGV, FIELDS do ids[#ids + 1] = ARGV[i] end
  local flags, fenced, ended = {}, 0, {}
  local gone_ids, gone_leases, results, states = {}, {}, {}, {}
  for n, entry in ipairs(redis.call('HMGET', K.flight, unpack(ids))) do
    local id, at = ids[n], FIRST_ENDED + FIELDS * (n - 1)
    local outcome, service_ms, json, owns_blob = ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5] == '1'
    local envelope, claimed_at = claim_in(entry, worker, ARGV[at + 1])
    if not envelope or ended[id] then
      flags[n] = '0'
      fenced = fenced + 1
    else
      flags[n] = '1'
      ended[id] = true
      gone_ids[#gone_ids + 1] = id
      gone_leases[#gone_leases + 1] = worker .. ' ' .. id
      if outcome == 'done' then
        results[#results + 1] = worker .. ' ' .. claimed_at .. ' ' .. now_text .. ' ' .. service_ms .. '\n' .. envelope .. '\n' .. json
        states[#states + 1] = id
        states[#states + 1] = 'result'
        if owns_blob and redis.call('ZREM', K.blobExpiry, id) == 1 then
          redis.call('UNLINK', K.blob .. id)
          count('blobBytes', -tonumber(redis.call('HGET', K.blobSize, id)))
          redis.call('HDEL', K.blobSize, id)
        end
      else
        local attempts = attempts_of(envelope) + 1
        if outcome == 'retry' and attempts < max_attempts then
          -- To the tail: a task that fails must not hold up the ones behind it.
          add_waiting(envelope_with_attempts(envelope, attempts), now, 'RPUSH')
          count('retried')
        else
          bury(id, envelope, attempts, json, now)
        end
      end
    end
  end
  if #gone_ids > 0 then
    redis.call('HDEL', K.flight, unpack(gone_ids))
    redis.call('ZREM', K.lease, unpack(gone_leases))
  end
  if #results > 0 then
    local waiting = redis.call('RPUSH', K.result, unpack(results))
    redis.call('HSET', K.known, unpack(states))
    -- A list that was longer had its rings.
    if waiting - #results < MAX_RINGS then settle_wake(K.wakeResult, waiting) end
    count('finished', #results)
  end
  if fenced > 0 then count('fenced', fenced) end
  accepted = table.concat(flags)
end

-- Claims the next tasks, unless a SYN is in force. One whose time has passed is void.
local reply, memo
local order = most > 0 and redis.call('HGET', K.orders, worker)
if order then
  local f = words(order)
  if tonumber(f[3]) > now then
    reply = { accepted, 'ordered', f[1], f[2], f[3] }
  else
    redis.call('HDEL', K.orders, worker)
  end
end
if most == 0 then reply = { accepted, 'none' } end
if not reply then
  reclaim_expired(max_attempts, now, now_text)
  local wanted = most
  if most > 1 then
    -- Its share of what waits (claim-rule.ts).
    local members = math.max(1, redis.call('HLEN', K.roster))
    wanted = math.min(most, math.max(1, math.ceil(count_waiting() / members)))
  end
  local epoch = redis.call('HINCRBY', K.counters, 'epoch', wanted) - wanted
  local expires = stamp(now + lease_ms)
  local claims, notes, flights, leases, taken = {}, {}, {}, {}, 0
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
    local i = 2 * taken + 1
    taken, epoch = taken + 1, epoch + 1
    local id, epoch_text = string.match(envelope, '^%S+'), string.format('%.0f', epoch)
    claims[i], claims[i + 1] = epoch_text, envelope
    notes[i], notes[i + 1] = id, epoch_text
    flights[i], flights[i + 1] = id, worker .. ' ' .. epoch_text .. ' ' .. now_text .. '\n' .. envelope
    leases[i], leases[i + 1] = expires, worker .. ' ' .. id
    if alone then break end
  end
  -- Epochs count claims; these are none.
  if taken < wanted then redis.call('HINCRBY', K.counters, 'epoch', taken - wanted) end
  if taken == 0 then
    reply = { accepted, 'empty', stamp(IDLE_LEASES * lease_ms) }
  else
    redis.call('HSET', K.flight, unpack(flights))
    redis.call('ZADD', K.lease, unpack(leases))
    remove_waiting(taken)
    reply = { accepted, 'tasks', now_text, expires, unpack(claims) }
    memo = accepted .. ' tasks ' .. now_text .. ' ' .. table.concat(notes, ' ')
  end
end
redis.call('HSET', K.replies, worker, sequence .. ' ' .. seen_at .. ' ' .. (memo or table.concat(reply, ' ')))
settle_wake(K.wakeWorker, count_waiting())
return reply
