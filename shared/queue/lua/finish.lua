-- keys: hands look body line lane occupied placed epoch counters orders roster seen wakeWorker wakeResult result dead deadOrder blob blobExpiry blobSize
-- ARGV: worker, sequence, leaseMs, maxAttempts, most, stepMs (claim-rule.ts), bodies (here | apart: the caller reads them),
--       then per claim that ended: `epoch id`, outcome (done | done-blob: and its blob goes | retry | bury), serviceMs, JSON (value or
--       error)
-- Ends claims, and takes up to `most` next tasks.
-- Returns: {line, claim as in hands and body (unless apart) of each...}, or these as one text of lines; the first line has a 1 or a
--          0 for each claim that ended, '-' for none, and what follows:
--            'tasks'     'empty', waitMs (a ring comes earlier)     'ordered', order, type, until     'none' (most is 0)
-- This is the script that each task costs. So what few calls need is included where it is needed: Redis makes a script's
-- functions anew at each call.
local worker, sequence, lease_ms, most = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
local apart = ARGV[7] == 'apart'
local FIRST_ENDED, FIELDS = 8, 4
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local now_text = string.format('%.3f', now)

-- What the worker was answered last, and its claims, a line each.
local entry = redis.call('HGET', K.hands, worker) or ''

-- The claims that end here. `glance`: whether to give a sign of life and look for lost claims (claim-rule.ts).
local lines, gone_length = {}, 0
local ends_any = #ARGV >= FIRST_ENDED
local may_be_repeat, glance = not ends_any, not ends_any
for at = FIRST_ENDED, #ARGV, FIELDS do
  local claim = ARGV[at]
  local from, to = string.find(entry, '\n' .. claim .. ' ', 1, true)
  if not from then
    may_be_repeat, glance = true, true
  elseif not lines[claim] then
    local till = string.find(entry, '\n', to, true) or #entry + 1
    lines[claim] = string.sub(entry, from + 1, till - 1)
    gone_length = gone_length + till - from
    glance = glance or now - string.match(entry, '^[^ ]+', to + 1) > now % (lease_ms / GLANCES_A_LEASE)
  end
end

-- A repeat holds none of its claims any more, so one that holds all is none. Kept of an answer is `sequence line`, and where it
-- gave tasks the first one's epoch: those that the worker still holds are in its hands.
if may_be_repeat and string.match(entry, '^%S+') == sequence then
  local line, first = string.match(entry, '^%S+ (%S+ tasks) (%S+)')
  if not line then return string.match(entry, '^%S+ ([^\n]*)') end
  local again = { line }
  for claim, epoch, id in string.gmatch(entry, '\n((%S+) (%S+)[^\n]*)') do
    if tonumber(epoch) >= tonumber(first) then
      again[#again + 1] = claim
      if not apart then again[#again + 1] = redis.call('HGET', K.body, id) end
    end
  end
  if #again == 1 then return string.match(line, '^%S+') .. ' empty 0' end
  return again
end
if glance then redis.call('ZADD', K.seen, now_text, worker) end

-- The claims that the worker goes on holding.
local held, held_from = '', string.find(entry, '\n', 1, true)
if held_from and gone_length <= #entry - held_from then
  -- include: hands
  held = string.sub(without(entry, lines), held_from)
end

-- Ends claims. Whether more may wait than before: `added`.
local accepted, added = '-', false
if ends_any then
  local results = {}
  accepted = ''
  for at = FIRST_ENDED, #ARGV, FIELDS do
    local claim, outcome, json = ARGV[at], ARGV[at + 1], ARGV[at + 3]
    local line = lines[claim]
    if not line then
      -- include: common
      accepted = accepted .. '0'
      count('fenced')
    else
      -- If it is named twice, the second is fenced.
      lines[claim] = false
      accepted = accepted .. '1'
      if outcome == 'done' then
        results[#results + 1] = worker .. ' ' .. now_text .. ' ' .. ARGV[at + 2] .. '\n' .. line .. '\n' .. json
      else
        -- include: common lanes hands attempts blob
        local id, header = header_of(line)
        local attempts = attempts_of(header) + 1
        if outcome == 'done-blob' then
          results[#results + 1] = worker .. ' ' .. now_text .. ' ' .. ARGV[at + 2] .. '\n' .. line .. '\n' .. json
          drop_blob(id)
        elseif outcome == 'retry' and attempts < tonumber(ARGV[4]) then
          -- To the tail: a task that fails must not hold up the ones behind it.
          put_down_all({ header_with_attempts(header, attempts) }, now)
          count('retried')
          added = true
        else
          bury(id, header, attempts, json, now)
        end
      end
    end
  end
  if #results > 0 then
    local waiting = redis.call('RPUSH', K.result, unpack(results))
    -- A list that was longer had its rings (MAX_RINGS).
    if waiting - #results < 64 then
      -- include: common
      settle_wake(K.wakeResult, waiting)
    end
  end
end

-- A SYN that is in force. One whose time has passed is void.
local line = nil
local order = most ~= '0' and redis.call('HGET', K.orders, worker)
if order then
  local name, kind, till = string.match(order, '^(%S+) (%S+) (%S+)')
  if tonumber(till) > now then
    line = accepted .. ' ordered ' .. name .. ' ' .. kind .. ' ' .. till
  else
    redis.call('HDEL', K.orders, worker)
  end
end
if most == '0' then line = accepted .. ' none' end

-- Rings are lost with whoever heard them. One that asks without having ended anything has heard one, perhaps; for the others,
-- so many claims may pass until they are rung again.
local CLAIMS_A_LOOK_AT_RINGS = 16
local look_at_rings = added or not ends_any
local memo, claims, ids = line, {}, {}

-- The id of a header, the rest, and the latest start.
local function read(header)
  local id, rest, generated_at, expected_ms, deadline_ms = string.match(header, '^([^ ]+) (([^ ]+) ([^ ]+) ([^ ]+).*)')
  return id, rest, generated_at + deadline_ms - expected_ms
end

if not line then
  if glance then
    -- include: common lanes hands attempts lost
    -- What has ended here is not lost, and what is lost may be this worker's.
    if gone_length > 0 then redis.call('HSET', K.hands, worker, string.sub(entry, 1, held_from - 1) .. held) end
    local returned, dead = reclaim_expired(tonumber(ARGV[4]), tonumber(lease_ms), now)
    if returned + dead > 0 then held = string.match(redis.call('HGET', K.hands, worker) or '', '\n.*') or '' end
    look_at_rings = look_at_rings or returned > 0
  end
  local wanted = 1
  if most ~= '1' then
    -- include: lanes
    -- Its share of what waits (claim-rule.ts).
    local members = math.max(1, redis.call('HLEN', K.roster))
    wanted = math.min(tonumber(most), math.max(1, math.ceil(count_waiting() / members)))
  end
  local epoch = redis.call('INCRBY', K.epoch, wanted) - wanted
  memo = accepted .. ' tasks ' .. epoch + 1
  local since_till = ' ' .. now_text .. ' ' .. math.ceil(now + lease_ms) .. ' '
  local lane, alone = nil, false
  while #claims < wanted and not alone do
    -- Which is next: lane-rule.ts, lanes.ts.
    local id, rest, latest_start
    local header = (epoch + 1) % LATE_EVERY == 0 and redis.call('LPOP', K.line)
    if header then
      id, rest, latest_start = read(header)
    else
      lane = lane or redis.call('ZRANGE', K.occupied, '0', '0')[1]
      header = redis.call('LPOP', lane and K.lane .. lane or K.line)
      if header then id, rest, latest_start = read(header) end
      -- Usually it is the first lane's head.
      if lane and not (header and latest_start >= now) then
        -- include: lanes next
        if header then redis.call('LPUSH', K.lane .. lane, header) end
        header = pop_first_lane(now) or redis.call('LPOP', K.line)
        if header then id, rest, latest_start = read(header) end
        lane = nil
      end
    end
    if not header then break end
    if wanted > 1 then
      -- What may not lie behind others in a worker's hands (claim-rule.ts).
      alone = string.match(rest, '^[^ ]+ [^ ]+ [^ ]+ ([^ ]+)') ~= '0'
      if #claims > 0 and (alone or latest_start >= now and latest_start < now + #claims * ARGV[6]) then
        -- include: lanes
        give_back(header, now)
        break
      end
    end
    epoch = epoch + 1
    if epoch % CLAIMS_A_LOOK_AT_RINGS == 0 then look_at_rings = true end
    ids[#ids + 1] = id
    claims[#claims + 1] = epoch .. ' ' .. id .. since_till .. rest
  end
  if #claims < wanted then
    -- Epochs count claims; these are none.
    redis.call('INCRBY', K.epoch, #claims - wanted)
    look_at_rings = true
  end
  line = accepted .. ' tasks'
  if #claims == 0 then
    local IDLE_LEASES = 4
    line = accepted .. ' empty ' .. IDLE_LEASES * lease_ms
    memo = line
  end
end
local hands = sequence .. ' ' .. memo .. held
if #claims > 0 then hands = hands .. '\n' .. table.concat(claims, '\n') end
redis.call('HSET', K.hands, worker, hands)
if look_at_rings then
  -- include: common lanes
  settle_wake(K.wakeWorker, count_waiting())
end
if #claims == 0 then return line end
if apart then return line .. '\n' .. table.concat(claims, '\n') end
-- A table takes longer to answer than a short text does.
if #claims == 1 then
  local body = redis.call('HGET', K.body, ids[1])
  if body and #body < 1000 then return line .. '\n' .. claims[1] .. '\n' .. body end
  return { line, claims[1], body }
end
local reply = { line }
for n, body in ipairs(redis.call('HMGET', K.body, unpack(ids))) do
  reply[2 * n], reply[2 * n + 1] = claims[n], body
end
return reply
