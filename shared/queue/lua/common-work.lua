-- For scripts that move tasks between lanes (lanes.lua), the workers' hands and the dead letters.
-- Envelope: `id generatedAt deadlineAt latestStart attempts⏎task JSON`.

local function envelope_with_attempts(envelope, attempts)
  local f, task = split_entry(envelope)
  return f[1] .. ' ' .. f[2] .. ' ' .. f[3] .. ' ' .. f[4] .. ' ' .. attempts .. '\n' .. task
end

local function bury(id, envelope, attempts, error_json, now)
  local f, task = split_entry(envelope)
  local letter = f[1] .. ' ' .. f[2] .. ' ' .. f[3] .. ' ' .. f[4] .. ' ' .. attempts .. ' ' .. stamp(now)
  redis.call('HSET', K.dead, id, letter .. '\n' .. task .. '\n' .. error_json)
  redis.call('RPUSH', K.deadOrder, id)
  redis.call('HDEL', K.known, id)
  count('dead')
end

-- Takes a claim out of its holder's hands; returns the envelope.
local function take_from_hands(id)
  local envelope = redis.call('HGET', K.flight, id)
  redis.call('HDEL', K.flight, id)
  redis.call('HDEL', K.holder, id)
  redis.call('ZREM', K.lease, id)
  return envelope
end

-- A claim that ended without a result goes back to the head of its lane, or to the dead letters after the last attempt.
-- Returns true when it went back.
local function give_back_lost(id, max_attempts, why, now)
  local envelope = take_from_hands(id)
  local f = split_entry(envelope)
  local attempts = tonumber(f[5]) + 1
  count('reclaimed')
  if attempts >= max_attempts then
    bury(id, envelope, attempts, cjson.encode(why .. ' ' .. attempts .. ' times'), now)
    return false
  end
  add_waiting(envelope_with_attempts(envelope, attempts), now, 'LPUSH')
  return true
end

local MAX_RECLAIMS_A_CALL = 100

local function reclaim_expired(max_attempts, now)
  local returned, dead = 0, 0
  local expired = redis.call('ZRANGEBYSCORE', K.lease, '-inf', stamp(now), 'LIMIT', 0, MAX_RECLAIMS_A_CALL)
  -- Each goes to the head, so the one that expired first is given back last.
  for i = #expired, 1, -1 do
    if give_back_lost(expired[i], max_attempts, 'lease expired', now) then returned = returned + 1 else dead = dead + 1 end
  end
  return returned, dead
end

-- The SYN in force for a member: fields {order, type, until, ack}, or nil. One whose time has passed is void.
local function order_in_force(member, now)
  local stored = redis.call('HGET', K.orders, member)
  if not stored then return nil end
  local f = {}
  for word in string.gmatch(stored, '%S+') do f[#f + 1] = word end
  if tonumber(f[3]) > now then return f end
  redis.call('HDEL', K.orders, member)
  return nil
end

local IDLE_LEASES = 4

-- Claims the next waiting task for a worker. Returns the reply: {'task', epoch, claimedAt, leaseExpiresAt, envelope},
-- {'empty', waitMs} or {'ordered', order, type, until}.
local function claim_next(worker, lease_ms, now)
  local order = order_in_force(worker, now)
  if order then return { 'ordered', order[1], order[2], order[3] } end
  local epoch = redis.call('HINCRBY', K.counters, 'epoch', 1)
  local envelope = take_waiting(epoch, now)
  if not envelope then
    -- The epoch counts claims, and this is none.
    redis.call('HINCRBY', K.counters, 'epoch', -1)
    -- A ring wakes it earlier; this long only to give a sign of life.
    return { 'empty', stamp(IDLE_LEASES * lease_ms) }
  end
  local id = string.sub(envelope, 1, string.find(envelope, ' ', 1, true) - 1)
  local expires = stamp(now + lease_ms)
  redis.call('HSET', K.flight, id, envelope)
  redis.call('HSET', K.holder, id, worker .. ' ' .. epoch .. ' ' .. stamp(now))
  redis.call('ZADD', K.lease, expires, id)
  count('claimed')
  return { 'task', tostring(epoch), stamp(now), expires, envelope }
end

-- A repeat of a claim is answered from the hands it is in; one that was reclaimed meanwhile is answered `empty`, ask again.
local function replay_claim(reply)
  if reply[1] ~= 'task' then return reply end
  local id, epoch = reply[2], reply[3]
  local held = redis.call('HGET', K.holder, id)
  if not held then return { 'empty', '0' } end
  local f = {}
  for word in string.gmatch(held, '%S+') do f[#f + 1] = word end
  if f[2] ~= epoch then return { 'empty', '0' } end
  return { 'task', epoch, f[3], redis.call('ZSCORE', K.lease, id), redis.call('HGET', K.flight, id) }
end

-- What remember_reply keeps of a claim: not the envelope, which may be large.
local function claim_memo(reply)
  if reply[1] ~= 'task' then return reply end
  return { 'task', string.sub(reply[5], 1, string.find(reply[5], ' ', 1, true) - 1), reply[2] }
end
