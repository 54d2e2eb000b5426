-- keys: taken line lane occupied waiting known record dead counters progress wakeWorker
-- include: common lanes
-- ARGV: message id, emitted (total after this call), done (1 | 0), then per task: id, expectedServiceMs, deadlineMs, JSON
-- Returns: 1, also for a repeat, which changes nothing; 0 when the message is no longer taken
local message, emitted, done = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
local taken = redis.call('HGET', K.taken, message)
if not taken then return 0 end
local progress, entry = split_entry(taken)
if #ARGV > 3 and tonumber(progress[2]) >= emitted then return 1 end
local accepted = split_entry(entry)
local now = now_ms()
for i = 4, #ARGV, 4 do
  local id, expected, deadline, json = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), ARGV[i + 3]
  -- A user's task has been waiting since it was accepted; a phase's task comes into being now.
  local generated = now
  if accepted[3] == 'task' then generated = tonumber(accepted[2]) end
  local state = redis.call('HGET', K.known, id)
  local fresh = not state and redis.call('HEXISTS', K.record, id) + redis.call('HEXISTS', K.dead, id) == 0
  if fresh or state == 'input' then
    local header = { id, stamp(generated), stamp(generated + deadline), stamp(generated + deadline - expected), '0' }
    add_waiting(table.concat(header, ' ') .. '\n' .. json, now, 'RPUSH')
    redis.call('HSET', K.known, id, 'lane')
    if fresh then count('submitted') end
    count('emitted')
  else
    count('duplicates')
  end
end
if accepted[3] == 'phase' then redis.call('HINCRBY', K.progress, accepted[4], emitted - tonumber(progress[2])) end
if done then
  redis.call('HDEL', K.taken, message)
else
  redis.call('HSET', K.taken, message, progress[1] .. ' ' .. emitted .. '\n' .. entry)
end
settle_wake(K.wakeWorker, count_waiting())
return 1
