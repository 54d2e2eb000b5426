-- keys: input taken line lane occupied placed epoch counters replies wakeInput wakeWorker
-- include: common lanes
-- ARGV: client, sequence, limit
-- Moves tasks from the head of input into their lanes, up to `limit` and up to the next phase; a phase at the head is taken.
-- Returns: {moved} or {'0', the phase's taken entry `takenAt emitted⏎input entry`}
local client, sequence, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local earlier = earlier_reply(client, sequence)
if earlier then return { earlier[1], earlier[2] and redis.call('HGET', K.taken, earlier[2]) or nil } end
local now = now_ms()
local reply, memo = { '0' }, { '0' }
-- A task's entry is its header: it has been waiting since it was accepted. A phase's has a second line.
local tasks = {}
for i, entry in ipairs(redis.call('LRANGE', K.input, 0, limit - 1)) do
  if string.find(entry, '\n', 1, true) then
    if i == 1 then
      local id, taken = string.match(entry, '^%S+'), stamp(now) .. ' 0\n' .. entry
      redis.call('LPOP', K.input)
      redis.call('HSET', K.taken, id, taken)
      reply[2], memo[2] = taken, id
    end
    break
  end
  tasks[i] = entry
end
if #tasks > 0 then
  redis.call('LTRIM', K.input, #tasks, -1)
  put_down_all(tasks, now)
  count('emitted', #tasks)
  reply[1], memo[1] = tostring(#tasks), tostring(#tasks)
  settle_wake(K.wakeWorker, count_waiting())
end
remember_reply(client, sequence, memo)
settle_wake(K.wakeInput, redis.call('LLEN', K.input))
return reply
