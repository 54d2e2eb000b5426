-- What workers hold: an entry for each in hands, what it was answered last (finish.lua) and, from the oldest on, its claims,
-- a line each: `epoch id claimedAt leaseExpiresAt`, and the rest of its header. A claim is named by `epoch id`.

-- The id and the header of a claim.
local function header_of(line)
  local id, rest = string.match(line, '^%S+ (%S+) %S+ %S+ (.*)')
  return id, id .. ' ' .. rest
end

-- The entry without those claims that `gone` knows.
local function without(entry, gone)
  local kept = { string.match(entry, '^[^\n]*') }
  for line in string.gmatch(entry, '\n([^\n]+)') do
    if gone[string.match(line, '^%S+ %S+')] == nil then kept[#kept + 1] = line end
  end
  return table.concat(kept, '\n')
end

-- Adds the entry's claims to a list, as {worker, claim, epoch, id, header, expires}.
local function list_claims(worker, entry, list)
  for line in string.gmatch(entry, '\n([^\n]+)') do
    local claim, epoch, expires = string.match(line, '^((%S+) %S+) %S+ (%S+)')
    local id, header = header_of(line)
    list[#list + 1] =
      { worker = worker, claim = claim, epoch = tonumber(epoch), id = id, header = header, expires = tonumber(expires) }
  end
end

local function claims_held_by(worker)
  local list = {}
  list_claims(worker, redis.call('HGET', K.hands, worker) or '', list)
  return list
end

local function all_claims()
  local list = {}
  local hands = redis.call('HGETALL', K.hands)
  for i = 1, #hands, 2 do list_claims(hands[i], hands[i + 1], list) end
  return list
end

-- The last one first: given back to the head of what waits in this order, they stand as they stood.
local function newest_first(claims)
  table.sort(claims, function(a, b) return a.epoch > b.epoch end)
  return claims
end

-- Takes claims out of their holders' hands.
local function let_go(claims)
  local gone = {}
  for _, held in ipairs(claims) do
    gone[held.worker] = gone[held.worker] or {}
    gone[held.worker][held.claim] = true
  end
  for worker, its in pairs(gone) do
    redis.call('HSET', K.hands, worker, without(redis.call('HGET', K.hands, worker), its))
  end
end
