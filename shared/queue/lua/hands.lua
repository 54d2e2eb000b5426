-- What workers hold: flight has the task and who holds it (`worker epoch claimedAt⏎envelope`), lease until when (`worker id`).
-- Of a finished task that waits for the collector flight has this mark, which is nobody's claim.

local FINISHED = '-'

-- What a flight entry says of the claim by this epoch, if the worker still holds it: its envelope, when it was claimed. Else nil.
local function claim_in(entry, worker, epoch)
  if not entry then return nil end
  local holder, its_epoch, claimed_at, envelope_at = string.match(entry, '^(%S+) (%S+) (%S+)\n()')
  if holder ~= worker or its_epoch ~= epoch then return nil end
  return string.sub(entry, envelope_at), claimed_at
end

local function held_claim(worker, id, epoch)
  return claim_in(redis.call('HGET', K.flight, id), worker, epoch)
end

local function let_go(worker, id)
  redis.call('HDEL', K.flight, id)
  redis.call('ZREM', K.lease, worker .. ' ' .. id)
end

-- Takes a claim out of its holder's hands, whatever its epoch; returns the envelope.
local function take_from_hands(worker, id)
  local _, envelope = split_entry(redis.call('HGET', K.flight, id))
  let_go(worker, id)
  return envelope
end

-- The ids that one worker holds.
local function ids_held_by(worker)
  local ids = {}
  local start = worker .. ' '
  for _, claim in ipairs(redis.call('ZRANGE', K.lease, 0, -1)) do
    if string.sub(claim, 1, #start) == start then ids[#ids + 1] = string.sub(claim, #start + 1) end
  end
  return ids
end

-- Claims by epoch, the last one first: given back to the heads of their lanes in this order, they stand as they stood.
local function newest_first(ids)
  local epochs = {}
  for _, id in ipairs(ids) do epochs[id] = tonumber(string.match(redis.call('HGET', K.flight, id), '^%S+ (%S+)')) end
  table.sort(ids, function(a, b) return epochs[a] > epochs[b] end)
  return ids
end
