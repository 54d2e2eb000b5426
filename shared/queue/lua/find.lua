-- keys: body record dead hands input result
-- include: common hands
-- ARGV: id
-- Returns: {state}, {'completed' | 'dead', entry, body}. A task that is nowhere else waits: what is waiting is not looked through.
local id = ARGV[1]
local body = redis.call('HGET', K.body, id)
if not body then return { 'unknown' } end
local record = redis.call('HGET', K.record, id)
if record then return { 'completed', record, body } end
local letter = redis.call('HGET', K.dead, id)
if letter then return { 'dead', letter, body } end
for _, held in ipairs(all_claims()) do
  if held.id == id then return { 'in-flight' } end
end
local start = id .. ' '
for _, entry in ipairs(redis.call('LRANGE', K.input, 0, -1)) do
  if string.sub(entry, 1, #start) == start and not string.find(entry, '\n', 1, true) then return { 'input' } end
end
for _, entry in ipairs(redis.call('LRANGE', K.result, 0, -1)) do
  if string.match(entry, '\n%S+ (%S+)') == id then return { 'finished' } end
end
return { 'waiting' }
