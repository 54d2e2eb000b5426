-- keys: taken line lane occupied placed epoch body counters progress wakeWorker
-- include: common lanes
-- ARGV: phase id, emitted (total after this call), done (1 | 0), then per task: id, expectedServiceMs, deadlineMs, run ('-' for none), JSON
-- Returns: 1, also for a repeat, which changes nothing; 0 when the phase is no longer taken
local phase, emitted, done = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
local taken = redis.call('HGET', K.taken, phase)
if not taken then return 0 end
local progress, entry = split_entry(taken)
if #ARGV > 3 and tonumber(progress[2]) >= emitted then return 1 end
local now = now_ms()
local now_text = stamp(now)
local fresh, duplicates = {}, 0
for i = 4, #ARGV, 5 do
  if redis.call('HSETNX', K.body, ARGV[i], ARGV[i + 4]) == 1 then
    fresh[#fresh + 1] = ARGV[i] .. ' ' .. now_text .. ' ' .. ARGV[i + 1] .. ' ' .. ARGV[i + 2] .. ' 0 ' .. ARGV[i + 3]
  else
    duplicates = duplicates + 1
  end
end
put_down_all(fresh, now)
if #fresh > 0 then
  count('submitted', #fresh)
  count('emitted', #fresh)
end
if duplicates > 0 then count('duplicates', duplicates) end
redis.call('HINCRBY', K.progress, split_entry(entry)[3], emitted - tonumber(progress[2]))
if done then
  redis.call('HDEL', K.taken, phase)
else
  redis.call('HSET', K.taken, phase, progress[1] .. ' ' .. emitted .. '\n' .. entry)
end
settle_wake(K.wakeWorker, count_waiting())
return 1
