-- keys: input taken line lane occupied known counters replies wakeInput wakeWorker
-- include: common lanes
-- ARGV: client, sequence, limit
-- Moves tasks from the head of input into their lanes, up to `limit` and up to the next phase; a phase at the head is taken.
-- Returns: {moved} or {'0', the phase's taken entry `takenAt emitted⏎input entry`}
local client, sequence, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local earlier = earlier_reply(client, sequence)
if earlier then return { earlier[1], earlier[2] and redis.call('HGET', K.taken, earlier[2]) or nil } end
local now = now_ms()
local reply, memo = { '0' }, { '0' }
local moved, known = 0, {}
for _, entry in ipairs(redis.call('LRANGE', K.input, 0, limit - 1)) do
  local id, accepted, kind, expected, deadline, json_at = string.match(entry, '^(%S+) (%S+) (%S+) %S+ (%S+) (%S+)\n()')
  if kind == 'phase' then
    if moved == 0 then
      local taken = stamp(now) .. ' 0\n' .. entry
      redis.call('LPOP', K.input)
      redis.call('HSET', K.taken, id, taken)
      reply[2], memo[2] = taken, id
    end
    break
  end
  -- It has been waiting since it was accepted.
  put_down(id .. ' ' .. accepted .. ' ' .. expected .. ' ' .. deadline .. ' 0\n' .. string.sub(entry, json_at), now, 'RPUSH')
  moved = moved + 1
  known[2 * moved - 1], known[2 * moved] = id, 'lane'
end
if moved > 0 then
  redis.call('LTRIM', K.input, moved, -1)
  call_with_all('HSET', K.known, known)
  count_placed(moved)
  count('emitted', moved)
  reply[1], memo[1] = tostring(moved), tostring(moved)
  settle_wake(K.wakeWorker, count_waiting())
end
remember_reply(client, sequence, memo)
settle_wake(K.wakeInput, redis.call('LLEN', K.input))
return reply
