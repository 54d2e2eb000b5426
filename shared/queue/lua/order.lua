-- keys: roster seen hands orders
-- include: common hands
-- ARGV: order, type, timeoutMs, role, count, silentMs, then named members
-- Chooses members and marks them; from now on no script gives them work. Idle ones first, then the youngest.
-- Returns: the members chosen
local order, kind, timeout_ms, role = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local wanted, silent_ms = tonumber(ARGV[5]), tonumber(ARGV[6])
local now = now_ms()
local named = {}
for i = 7, #ARGV do named[ARGV[i]] = true end
local busy = {}
for _, held in ipairs(all_claims()) do busy[held.worker] = true end
local candidates = {}
local chosen = {}
local roster = redis.call('HGETALL', K.roster)
for i = 1, #roster, 2 do
  local member = roster[i]
  local its_role, started = string.match(roster[i + 1], '^(%S+) (%S+)$')
  local standing = redis.call('HGET', K.orders, member)
  if standing and string.match(standing, '^(%S+)') == order then chosen[#chosen + 1] = member end
  local free = not standing or tonumber(string.match(standing, '^%S+ %S+ (%S+)')) <= now
  local alive = now - tonumber(redis.call('ZSCORE', K.seen, member) or 0) < silent_ms
  if its_role == role and free and alive and (#ARGV < 7 or named[member]) then
    candidates[#candidates + 1] = { member = member, busy = busy[member] and 1 or 0, started = tonumber(started) }
  end
end
-- A repeat: its first reply was lost.
if #chosen > 0 then return chosen end
table.sort(candidates, function(a, b)
  if a.busy ~= b.busy then return a.busy < b.busy end
  if a.started ~= b.started then return a.started > b.started end
  return a.member < b.member
end)
for i = 1, math.min(wanted, #candidates) do
  local member = candidates[i].member
  redis.call('HSET', K.orders, member, order .. ' ' .. kind .. ' ' .. stamp(now + timeout_ms) .. ' -')
  chosen[i] = member
end
return chosen
